import { describe, expect, it } from 'vitest'
import * as stream from './stream.ts'
import { readEntry } from './stream-entry-read.ts'

const i64 = [0n, 1n, 127n, 128n, 2n ** 28n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, -1n, -(2n ** 63n)]
const u64 = [0n, 1n, 2n ** 31n, 2n ** 35n, 2n ** 63n, 2n ** 64n - 1n]

const hex = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'))
/** With something before and behind it that is none of its business. */
const within = (payload: Uint8Array) => Uint8Array.from([0x22, 0xff, ...payload, 0x08, 0x01])
const read = (payload: Uint8Array) => readEntry(within(payload), 2, 2 + payload.length)
const decoded = (payload: Uint8Array): unknown => {
  try {
    return stream.decode(payload)
  } catch (error) {
    return (error as Error).name
  }
}

describe('an entry read by hand', () => {
  it.each(i64)('has the timestamp %i', (timestampNs) => {
    const entry = { timestampNs, seq: 3n, payload: Uint8Array.of(9), dropped: 0n }
    expect(read(stream.encode({ kind: 'entry', entry }))).toStrictEqual(entry)
  })

  it.each(u64)('has seq and dropped %i', (value) => {
    const entry = { timestampNs: -5n, seq: value, payload: new Uint8Array(300), dropped: value }
    expect(read(stream.encode({ kind: 'entry', entry }))).toStrictEqual(entry)
  })

  it.each(u64)('has the position %i, and what is lost', (value) => {
    for (const [fromNs, toNs] of i64.map((from, index) => [from, i64.at(-index)!] as const)) {
      const gap = { lost: value, fromNs, toNs }
      const entry = { timestampNs: 5n, seq: 1n, payload: new Uint8Array(3), dropped: 0n, ...(value > 0n && { position: value }) }
      const known = value > 0n || fromNs !== 0n || toNs !== 0n
      const sent = stream.encode({ kind: 'entry', entry: { ...entry, gap } })
      expect(read(sent)).toStrictEqual(known ? { ...entry, gap } : entry)
      expect(decoded(sent)).toStrictEqual({ kind: 'entry', entry: read(sent) })
    }
  })

  it('may have every field missing', () => {
    expect(read(hex('2200'))).toStrictEqual({ timestampNs: 0n, seq: 0n, payload: new Uint8Array(0), dropped: 0n })
  })

  it.each(['2282808080101a00', '22071a81808080100a', '220c1a8180808080808080800161'])('has no length of 2^32 or more: %s', (digits) => {
    expect(read(hex(digits))).toBeUndefined()
    expect(decoded(hex(digits))).toBe('CodecError')
  })

  it('has a payload that is a view', () => {
    const bytes = within(stream.encode({ kind: 'entry', entry: { timestampNs: 1n, seq: 0n, payload: Uint8Array.of(1, 2), dropped: 0n } }))
    expect(readEntry(bytes, 2, bytes.length - 2)!.payload.buffer).toBe(bytes.buffer)
  })

  it('has the last of several values, as everywhere in protobuf', () => {
    const payload = hex('220e0801100208031004 1a01aa 1a01bb'.replaceAll(' ', ''))
    expect(read(payload)).toStrictEqual({ timestampNs: 3n, seq: 4n, payload: Uint8Array.of(0xbb), dropped: 0n })
    expect(decoded(payload)).toStrictEqual({ kind: 'entry', entry: read(payload) })
  })

  it.each([
    ['nothing', ''],
    ['another message', '2a020a00'],
    ['a second message behind it', '22002a020a00'],
    ['a field that nobody knows', '2203f80701'],
    ['a field that nobody knows beside our own', '2203e83e01'],
    ['a length over the end', '2205080110'],
    ['a payload over the end', '22031a05ff'],
    ['a varint over the end', '220208ff'],
    ['a varint of eleven bytes', '220c08ffffffffffffffffffff01'],
    ['a varint of more than 64 bits', '220b08ffffffffffffffffff02'],
    ['half a tag', '2201c0'],
    ['a wrong wire type', '22020d00']
  ])('%s is left to the full decoder', (_, digits) => {
    expect(read(hex(digits))).toBeUndefined()
  })

  it('is what the full decoder makes of it, whatever the bytes', () => {
    let seed = 1
    const random = (below: number) => {
      seed = (seed * 48_271) % 0x7fffffff
      return seed % below
    }
    const gap = { lost: 300n, fromNs: -1n, toNs: 2n ** 60n }
    const sent = { timestampNs: -7n, seq: 900n, payload: Uint8Array.of(1, 2, 3), dropped: 5n, position: 70_000n, gap }
    const original = stream.encode({ kind: 'entry', entry: sent })
    let understood = 0
    for (let i = 0; i < 20_000; i++) {
      const bytes = original.slice(0, random(8) === 0 ? random(original.length + 1) : original.length)
      for (let flips = random(3); flips >= 0 && bytes.length > 0; flips--) bytes[random(bytes.length)] = random(256)
      const entry = read(bytes)
      if (entry === undefined) continue
      understood++
      expect(decoded(bytes), Buffer.from(bytes).toString('hex')).toStrictEqual({ kind: 'entry', entry })
    }
    expect(understood).toBeGreaterThan(2_000)
  })
})
