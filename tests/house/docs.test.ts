import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { linkViolations, outsideViolations, titleViolations } from './rules/docs.ts'
import { repositoryFiles } from './rules/source.ts'

const pages = repositoryFiles('.md')
const page = (text: string) => [{ path: 'docs/a.md', text }]

test('a page has one title', () => {
  expect(pages.length).toBeGreaterThan(5)
  expect(titleViolations(pages)).toEqual([])
})

test('links lead somewhere', () => {
  expect(linkViolations(pages, (path) => existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([])
})

test('nothing speaks of files outside the repository', () => {
  const files = repositoryFiles('.md', '.ts', '.js', '.json', '.proto', '.yaml', '.txt', '.ci/run').filter(
    (file) => !file.path.startsWith('tests/house/')
  )
  expect(outsideViolations(files)).toEqual([])
})

test.each([
  ['# A\n# B\n', 2],
  ['## A\n', 0]
])('catches a page of %j', (text, titles) => {
  expect(titleViolations(page(text))).toEqual([`docs/a.md:1 has ${titles} titles (lines that begin with "# "); a page has one`])
})

test('does not take a comment in a code block for a title', () => {
  expect(titleViolations(page('# A\n```sh\n# comment\n```\n'))).toEqual([])
})

test('catches links to nowhere', () => {
  const text =
    '# A page\n[a](b.md) [b](../README.md#install) [c](#a-page)\n[d](#gone) [e](c.md) ![f](img/x.png) [g](https://example.org)\n`[h](`'
  const exists = (path: string) => ['docs/a.md', 'docs/b.md', 'README.md'].includes(path)
  const readme = { path: 'README.md', text: '# Readme\n## Setup' }
  expect(linkViolations([...page(text), readme], exists)).toEqual([
    'docs/a.md:2 links to ../README.md#install, which is not there',
    'docs/a.md:3 links to #gone, which is not there',
    'docs/a.md:3 links to c.md, which is not there',
    'docs/a.md:3 links to img/x.png, which is not there'
  ])
})

test.each(['see ../shared/spec', 'shared/vectors/time.json', 'network.md §5', '`cluster.md`'])('catches %s', (text) => {
  expect(outsideViolations(page(text))).toHaveLength(1)
})

test('lets shared words through', () => {
  expect(outsideViolations(page('a clock shared by all; the domain.md page'))).toEqual([])
})
