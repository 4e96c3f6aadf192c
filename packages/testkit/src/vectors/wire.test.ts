import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checks as heartbeat } from './heartbeat.ts'
import { checks as payloads } from './payloads.ts'
import { parseVectors, runVector, type Vector } from './runner.ts'
import { checks as stream } from './stream.ts'

const checks = { ...payloads, ...stream, ...heartbeat }
const vectors = ['datatypes/vectors/payloads.json', 'network/vectors/stream.json', 'time/vectors/time.json']
  .flatMap((path) => parseVectors(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')))
  .filter(({ kind }) => kind in checks)

describe('vectors of payloads, streams and heartbeats', () => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s holds', async (_name, vector) => {
    expect(await runVector(vector, checks)).toBeUndefined()
  })

  it('are of every kind that has a check', () => {
    expect(new Set(vectors.map(({ kind }) => kind))).toEqual(new Set(Object.keys(checks)))
  })

  it('fail when any expected value is another', async () => {
    const spoil: { [type: string]: (value: never) => unknown } = {
      string: (value: string) => (value === 'latest' ? 'from_start' : `${value}00`),
      number: (value: number) => value + 1,
      boolean: (value: boolean) => !value,
      object: () => ({ from_timestamp: '3' })
    }
    for (const vector of vectors) {
      for (const [key, value] of Object.entries(vector.expected)) {
        const expected = { ...vector.expected, [key]: spoil[typeof value]!(value as never) } as Vector['expected']
        expect(await runVector({ ...vector, expected }, checks), `${vector.name} ${key}`).toBeInstanceOf(Error)
      }
    }
  })
})
