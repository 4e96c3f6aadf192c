import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createProgram } from '../program.ts'
import { fakeHost, runHere } from '../testing/fake-host.ts'
import { complete } from './candidates.ts'

const program = createProgram(fakeHost())
const textsOf = (...words: string[]): string[] => complete(program, words).candidates.map(({ text }) => text)

test.each([
  [['jo'], ['join']],
  [['p'], ['peers', 'ping', 'play']],
  [
    ['context', ''],
    ['add', 'use', 'ls', 'rm', 'help']
  ],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish']
  ],
  [
    ['join', 'lab', '--target', ''],
    ['join', 'create', 'join-or-create']
  ],
  [['join', 'lab', '--sensor', 'l'], ['lidar:synthetic']],
  [['join', '--target', 'create', 'lab', '--pres'], ['--preset']],
  [['join', 'lab', '--name', ''], []],
  [['ls', 'a', 'b', 'c', '--j'], ['--json']],
  [['--v'], ['--version']],
  [
    ['nonsense', ''],
    ['--version', '--help']
  ]
])('after %j come %j', (words, texts) => {
  expect(textsOf(...words)).toEqual(texts)
})

test('every command is there, but those that nobody types', () => {
  expect(textsOf('')).toEqual(expect.arrayContaining(['discovery', 'join', 'doctor', 'completion']))
  expect(textsOf('').join()).not.toMatch(/demo-console|complete(,|$)/)
})

test.each([
  [['play', ''], 'files'],
  [['record', 'lab', '--out', ''], 'files'],
  [['watch', ''], 'clusters'],
  [['tail', '--from', 'start', 'l'], 'clusters'],
  [['context', 'use', ''], 'contexts'],
  [['context', 'add', ''], undefined],
  [['tail', 'lab', ''], undefined]
])('after %j come names of %s', (words, kind) => {
  expect(complete(program, words).kind).toBe(kind)
})

test('names of contexts are looked up', async () => {
  const home = await mkdtemp(join(tmpdir(), 'auki-completion-'))
  onTestFinished(() => rm(home, { recursive: true }))
  const run = (...args: string[]) => runHere(args, fakeHost({ configDirectory: home }))
  await run('context', 'add', 'lab', 'http://127.0.0.1:9')
  expect(await run('complete', '--', 'context', 'use', '')).toEqual({ code: 0, stdout: 'words\nlab http://127.0.0.1:9\n', stderr: '' })
  expect((await run('complete', '--', 'play', '')).stdout).toBe('files\n')
})
