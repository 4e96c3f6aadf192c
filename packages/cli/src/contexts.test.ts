import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { discoveryUrlOf, readContexts } from './contexts.ts'
import { fakeHost, runHere } from './testing/fake-host.ts'

async function place(text?: string): Promise<{ configDirectory: string; path: string }> {
  const home = await mkdtemp(join(tmpdir(), 'auki-contexts-'))
  onTestFinished(() => rm(home, { recursive: true }))
  const configDirectory = join(home, 'auki')
  const path = join(configDirectory, 'contexts.json')
  if (text !== undefined) {
    await mkdir(configDirectory)
    await writeFile(path, text)
  }
  return { configDirectory, path }
}

const context = (configDirectory: string, ...args: string[]) => runHere(['context', ...args], fakeHost({ configDirectory }))
const [lab, hall] = ['http://192.168.1.5:8080', 'http://hall.example']

test('a service has a name, and is used until another one is', async () => {
  const { configDirectory, path } = await place()
  expect(discoveryUrlOf({}, { configDirectory })).toBe('http://127.0.0.1:8080')
  expect(await context(configDirectory, 'ls')).toMatchObject({
    code: 0,
    stdout: `no contexts in ${path}; commands use http://127.0.0.1:8080\n`
  })
  expect(await context(configDirectory, 'add', 'lab', lab)).toEqual({ code: 0, stdout: `commands use lab: ${lab}\n`, stderr: '' })
  expect(await context(configDirectory, 'add', 'hall', hall)).toMatchObject({
    stdout: `hall is ${hall}; to use it: auki context use hall\n`
  })
  expect(discoveryUrlOf({}, { configDirectory })).toBe(lab)
  expect(await context(configDirectory, 'use', 'hall', '--json')).toMatchObject({
    stdout: `{"context":"hall","discovery":"${hall}","current":true}\n`
  })
  expect(discoveryUrlOf({}, { configDirectory })).toBe(hall)
  expect(discoveryUrlOf({ discovery: 'http://given' }, { configDirectory })).toBe('http://given')
  expect((await context(configDirectory, 'ls')).stdout).toMatch(/^ +CONTEXT +DISCOVERY\n +lab +http:\S+\n\* +hall +http:\S+\n$/)
  expect(
    (await context(configDirectory, 'ls', '--json')).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
  ).toEqual([
    { context: 'lab', discovery: lab, current: false },
    { context: 'hall', discovery: hall, current: true }
  ])
  expect(await context(configDirectory, 'rm', 'hall')).toMatchObject({ stdout: 'hall is removed; commands use http://127.0.0.1:8080\n' })
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ contexts: { lab: { discovery: lab } } })
})

test('the file is written in one piece, for its owner alone, and nothing is left beside it', async () => {
  const { configDirectory, path } = await place()
  await context(configDirectory, 'add', 'lab', lab)
  expect(await readdir(configDirectory)).toEqual(['contexts.json'])
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('what is not there is said, with what is', async () => {
  const { configDirectory } = await place()
  await context(configDirectory, 'add', 'lab', lab)
  for (const command of ['use', 'rm']) {
    const stderr = 'auki: there is no context "hall", only lab; to add it: auki context add hall URL\n'
    expect(await context(configDirectory, command, 'hall')).toEqual({ code: 1, stdout: '', stderr })
  }
})

test('a URL with a secret is refused, not kept and not repeated', async () => {
  const { configDirectory } = await place()
  const { code, stderr } = await context(configDirectory, 'add', 'lab', 'http://user:secret@host')
  expect(code).toBe(2)
  expect(stderr).not.toContain('secret')
  expect(readContexts({ configDirectory }).contexts.size).toBe(0)
})

test.each([
  '',
  '{',
  '[]',
  '7',
  '{"contexts":[]}',
  '{"contexts":{"lab":7}}',
  '{"contexts":{"lab":{}}}',
  '{"contexts":{"lab":{"discovery":"ftp://x"}}}',
  '{"contexts":{"\\u001b[2J":{"discovery":"http://x"}}}',
  '{"current":"hall","contexts":{"lab":{"discovery":"http://x"}}}',
  '{"current":7}'
])('a file of %j is said to be broken, and kept', async (text) => {
  const { configDirectory, path } = await place(text)
  for (const args of [
    ['context', 'ls'],
    ['context', 'add', 'lab', lab]
  ]) {
    const { code, stdout, stderr } = await runHere(args, fakeHost({ configDirectory }))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^auki: the contexts in \S+contexts\.json can't be used: [^\n]+; mend the file, or remove it [^\n]+\n$/)
  }
  expect(await readFile(path, 'utf8')).toBe(text)
})
