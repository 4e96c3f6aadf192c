/** Every golden vector holds, no check passes whatever it is given, and `npm run vectors` says which vector fails and why. */
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Json, stringifyJson } from '@auki/canonical'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checks, parseVectors, runVector, type Vector } from '../packages/testkit/src/vectors/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = globSync('packages/*/vectors/*.json', { cwd: root }).toSorted()
const vectorsOf = (file: string) => parseVectors(readFileSync(join(root, file), 'utf8'))
const all = files.flatMap(vectorsOf)

describe.each(files)('%s', (file) => {
  test.each(vectorsOf(file).map((vector) => [vector.kind, vector.name, vector] as const))('%s %s', async (_kind, _name, vector) => {
    expect(await runVector(vector, checks)).toBeUndefined()
  })
})

describe('no check is vacuous', () => {
  test.each(Object.keys(checks))('%s fails when any part of what it expects is another', async (kind) => {
    const vectors = all.filter((vector) => vector.kind === kind)
    expect(vectors.length).toBeGreaterThan(0)
    for (const vector of vectors) {
      for (const [where, expected] of corruptions(vector.expected)) {
        const corrupted = { ...vector, expected: expected as Vector['expected'] }
        expect(await runVector(corrupted, checks), `${vector.name} with another ${where}`).toBeInstanceOf(Error)
      }
    }
  })
})

/** The value once per leaf, each time with that leaf changed, and where that is. */
function* corruptions(value: Json, where = ''): Generator<[string, Json]> {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) {
    yield [where, corrupted(value)]
    return
  }
  for (const [key, member] of Object.entries(value)) {
    for (const [place, changed] of corruptions(member, `${where}/${key}`)) {
      yield [place, Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed }]
    }
  }
}

function corrupted(leaf: Json): Json {
  switch (typeof leaf) {
    case 'boolean':
      return !leaf
    case 'number':
      return leaf + 1
    case 'bigint':
      return leaf + 1n
    case 'string':
      if (/^-?\d+$/.test(leaf)) return String(BigInt(leaf) + 1n)
      return /^[0-9a-f]+$/.test(leaf) ? leaf.replace(/.$/, (digit) => (digit === '0' ? '1' : '0')) : `${leaf}~`
    default:
      return leaf === null ? {} : null
  }
}

describe('the runner', () => {
  const vector: Vector = { name: 'n', kind: 'k', input: {}, expected: { anything: 1 } }

  test('an unknown kind is a failure, also one that every object has', async () => {
    for (const kind of ['k', 'toString', '__proto__', 'constructor']) {
      expect((await runVector({ ...vector, kind }, checks))?.message).toBe(`no check knows the kind "${kind}"`)
    }
  })

  test('a vector that expects nothing is a failure', async () => {
    expect((await runVector({ ...vector, expected: {} }, { k: () => {} }))?.message).toBe('it expects nothing')
  })

  test('whatever a check throws is a failure', async () => {
    const reject = () => Promise.reject(new Error('late'))
    const nonsense = () => {
      throw 'no error object'
    }
    expect((await runVector(vector, { k: reject }))?.message).toBe('late')
    expect((await runVector(vector, { k: nonsense }))?.message).toBe('no error object')
  })

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"vectors":{}}',
    '{"vectors":[]}',
    '{"vectors":[null]}',
    '{"vectors":[{"name":"n","kind":"k","input":{}}]}'
  ])('a file with %s is no vector file', (text) => {
    expect(() => parseVectors(text)).toThrow(Error)
  })
})

describe('npm run vectors', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'auki-vectors-'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  function run(...args: string[]): Promise<{ code: number; stdout: string[]; stderr: string }> {
    const env = { ...process.env, NODE_OPTIONS: '--conditions=@auki/source', INIT_CWD: directory }
    return new Promise((resolve) => {
      execFile(process.execPath, [join(root, 'scripts/vectors.ts'), ...args], { env, cwd: root }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout: stdout.trimEnd().split('\n'), stderr })
      })
    })
  }

  const hash = { name: 'abc', kind: 'hash', input: { bytes: '616263' }, expected: { hash: '06b05ab6733a618578af5f94892f3950' } }
  const write = (name: string, ...vectors: Json[]) => writeFile(join(directory, name), stringifyJson({ vectors }))

  test('without a file runs all there are', async () => {
    expect(await run()).toEqual({ code: 0, stdout: [`${all.length} passed, 0 failed`], stderr: '' })
  })

  test('says what failed and why, one line each, and goes on', async () => {
    await write('mixed.json', hash, { ...hash, name: 'wrong', expected: { hash: 'x' } }, { ...hash, name: 'new', kind: 'smell' }, hash)
    await write('good.json', hash)
    expect(await run('mixed.json', join(directory, 'good.json'))).toEqual({
      code: 1,
      stdout: [
        'mixed.json: wrong (hash): hash: expected "x", found "06b05ab6733a618578af5f94892f3950"',
        'mixed.json: new (smell): no check knows the kind "smell"',
        '3 passed, 2 failed'
      ],
      stderr: ''
    })
  })

  test('a file that is missing or none of ours is a failure of its own', async () => {
    await write('good.json', hash)
    await writeFile(join(directory, 'bad.json'), '{"vectors":[')
    const { code, stdout, stderr } = await run('missing.json', 'good.json', 'bad.json')
    expect([code, stdout]).toEqual([1, ['1 passed, 0 failed']])
    expect(stderr).toMatch(/^missing\.json: ENOENT.*\nbad\.json: .+\n$/)
  })

  test('wrong usage ends with 2', async () => {
    expect(await run('--all')).toMatchObject({ code: 2, stderr: expect.stringContaining('usage: npm run vectors') })
  })
})
