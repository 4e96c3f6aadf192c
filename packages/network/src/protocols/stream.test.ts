import { describe, expect, expectTypeOf, it } from 'vitest'
import { encodeFrame } from './frame.ts'
import * as stream from './stream.ts'

const hex = (digits: string) => Uint8Array.from(Buffer.from(digits, 'hex'))
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })
const request = { resourceId: 'cam', sourcePeerId: 'galbot', from: 'latest', keep: 'all' } as const

const messages: stream.StreamMessage[] = [
  { kind: 'request', request },
  { kind: 'request', request: { ...request, from: 'from_start', keep: 'latest' } },
  { kind: 'request', request: { ...request, from: { fromTimestamp: -(2n ** 63n) } } },
  { kind: 'request', request: { ...request, fromPosition: 2n ** 64n - 1n, gaps: true } },
  { kind: 'request', request: { ...request, confirms: true, priority: 'control' } },
  { kind: 'request', request: { ...request, priority: 'pose' } },
  { kind: 'request', request: { ...request, priority: 'bulk' } },
  { kind: 'accept', manifest: { ...stream.emptyManifest, confirms: true } },
  { kind: 'accept', manifest: stream.emptyManifest },
  { kind: 'accept', manifest: { ...stream.emptyManifest, recording: 'r', position: 2n ** 64n - 1n } },
  { kind: 'accept', manifest: { ...stream.emptyManifest, clockId: 'c', clockHash: 'h', writerMode: 'rigid', expectedRateHz: 2 ** 32 - 1 } },
  { kind: 'decline', reason: { kind: 'sensor_not_found' } },
  { kind: 'decline', reason: { kind: 'sensor_unavailable' } },
  { kind: 'decline', reason: { kind: 'producer_shutting_down' } },
  { kind: 'decline', reason: { kind: 'other', detail: '' } },
  { kind: 'entry', entry: { timestampNs: -1n, seq: 2n ** 64n - 1n, payload: Uint8Array.of(1, 2), dropped: 17n } },
  { kind: 'entry', entry: { timestampNs: 0n, seq: 0n, payload: new Uint8Array(0), dropped: 0n } },
  { kind: 'entry', entry: { timestampNs: 0n, seq: 0n, payload: new Uint8Array(0), dropped: 0n, position: 2n ** 64n - 1n } },
  ...[
    { lost: 2n ** 64n - 1n, fromNs: -(2n ** 63n), toNs: 2n ** 63n - 1n },
    { lost: 0n, fromNs: 0n, toNs: 1n },
    { lost: 0n, fromNs: -1n, toNs: 0n },
    { lost: 1n, fromNs: 0n, toNs: 0n }
  ].map(
    (gap) => ({ kind: 'entry', entry: { timestampNs: 7n, seq: 1n, payload: Uint8Array.of(3), dropped: 0n, position: 9n, gap } }) as const
  ),
  { kind: 'end_of_stream', reason: { kind: 'source_ended' } },
  { kind: 'end_of_stream', reason: { kind: 'producer_shutting_down' } },
  { kind: 'end_of_stream', reason: { kind: 'session_ended' } },
  { kind: 'end_of_stream', reason: { kind: 'producer_error', detail: 'retention overtook the reader' } }
]

describe('a stream message', () => {
  it.each(messages)('$kind comes back whole', (message) => {
    expect(stream.decode(stream.encode(message))).toStrictEqual(message)
  })

  it('has its extensions in these fields, and nothing of them where they are not asked for', () => {
    const bytes = (message: stream.StreamMessage): string => Buffer.from(stream.encode(message)).toString('hex')
    expect(bytes({ kind: 'request', request: { resourceId: '', fromPosition: 300n, gaps: true } })).toBe('0a092200d03eac02d83e01')
    expect(bytes({ kind: 'request', request: { resourceId: '', fromPosition: 0n, gaps: false } })).toBe('0a022200')
    expect(bytes({ kind: 'request', request: { resourceId: '', confirms: true, priority: 'bulk' } })).toBe('0a082200c83e01e03e03')
    expect(bytes({ kind: 'request', request: { resourceId: '', confirms: false } })).toBe('0a022200')
    expect(bytes({ kind: 'accept', manifest: { ...stream.emptyManifest, confirms: true } })).toBe('1203c03e01')
    expect(bytes({ kind: 'accept', manifest: { ...stream.emptyManifest, confirms: false } })).toBe('1200')
    expect(bytes({ kind: 'accept', manifest: { ...stream.emptyManifest, recording: 'r', position: 5n } })).toBe('1207ca3e0172d03e05')
    expect(bytes({ kind: 'accept', manifest: { ...stream.emptyManifest, recording: '', position: 0n } })).toBe('1200')
    const entry = { timestampNs: 0n, seq: 0n, payload: new Uint8Array(0), dropped: 1n }
    const gap = { lost: 2n, fromNs: 3n, toNs: 5n }
    expect(bytes({ kind: 'entry', entry: { ...entry, position: 4n, gap } })).toBe('220fc03e01c83e02d03e03d83e04e03e05')
    expect(bytes({ kind: 'entry', entry: { ...entry, dropped: 0n, position: 0n } })).toBe('2200')
  })

  it('with a priority or a `confirms` that nobody knows asks for nothing special', () => {
    const asked = stream.decode(hex('0a082200c83e02e03e04'))
    expect(asked).toStrictEqual({ kind: 'request', request: { resourceId: '', sourcePeerId: '', from: 'latest', keep: 'all' } })
  })

  it('is written with its arms even where they are empty', () => {
    expect(stream.encode({ kind: 'request', request: { resourceId: '' } })).toEqual(hex('0a022200'))
    expect(stream.encode({ kind: 'accept', manifest: stream.emptyManifest })).toEqual(hex('1200'))
    expect(stream.encode({ kind: 'decline', reason: { kind: 'other', detail: '' } })).toEqual(hex('1a022200'))
  })

  it.each(['983f05', '1a00', '2a00', '1a03aa0100', '1a022a00'])('%s has no variant we know', (bytes) => {
    expect(() => stream.decode(hex(bytes))).toThrow(failure('missing-variant'))
  })

  it.each(['0a', '0a05', '08', '2208', '220108', '22020a00', '220308ffff', '22041a050102', '2206080a1a020102ff', 'ffffffffff7f'])(
    '%s is a decode error',
    (bytes) => {
      expect(() => stream.decode(hex(bytes))).toThrow(failure('decode'))
    }
  )

  it('of zero bytes is an empty frame', () => {
    expect(() => stream.decode(new Uint8Array(0))).toThrow(failure('empty-frame'))
  })

  it('is not written where a number does not fit', () => {
    expect(() => stream.encode({ kind: 'accept', manifest: { ...stream.emptyManifest, expectedRateHz: -1 } })).toThrow(failure('encode'))
    expect(() => stream.encode({ kind: 'request', request: { ...request, from: { fromTimestamp: 2n ** 63n } } })).toThrow(failure('encode'))
  })
})

describe('a stream request', () => {
  it('has defaults', () => {
    const bare = stream.decode(stream.encode({ kind: 'request', request: { resourceId: 'cam' } }))
    expect(bare).toStrictEqual({ kind: 'request', request: { resourceId: 'cam', sourcePeerId: '', from: 'latest', keep: 'all' } })
    expectTypeOf(bare).toEqualTypeOf<stream.StreamMessage<stream.ReceivedStreamRequest>>()
  })

  it('is read without its start, with the legacy sensor id, and with a wish we do not know', () => {
    expect(stream.decode(hex('0a0a0a036f6c64120363616d'))).toMatchObject({ request: { resourceId: 'cam', from: 'latest', keep: 'all' } })
    expect(stream.decode(hex('0a08120363616dc03e02'))).toMatchObject({ request: { resourceId: 'cam', keep: 'all' } })
  })

  it.each([
    [{ resourceId: 'cam', sourcePeerId: 'galbot' }, '{"source_peer_id":"galbot","resource_id":"cam","from":"latest"}'],
    [{ resourceId: 'cam', from: 'from_start' }, '{"source_peer_id":"","resource_id":"cam","from":"from_start"}'],
    [
      { resourceId: 'cam', from: { fromTimestamp: 2n ** 63n - 1n } },
      '{"source_peer_id":"","resource_id":"cam","from":{"from_timestamp":9223372036854775807}}'
    ]
  ] as const)('has a JSON form for tools: %o', (wanted, json) => {
    expect(stream.encodeRequestJson(wanted)).toBe(json)
    expect(stream.decodeRequestJson(json)).toStrictEqual({ sourcePeerId: '', from: 'latest', keep: 'all', ...wanted })
  })

  it('in JSON may lack all but the resource, and have more', () => {
    expect(stream.decodeRequestJson('{"resource_id":"cam","keep":"latest","x":1}')).toStrictEqual({ ...request, sourcePeerId: '' })
  })

  it.each([
    '{}',
    '{"resource_id":1}',
    '{"resource_id":"c","from":"begin"}',
    '{"resource_id":"c","from":{}}',
    '{"resource_id":"c","from":{"from_timestamp":1.0}}',
    '{"resource_id":"c","from":7}',
    'x'
  ])('in JSON as %s is a decode error', (bad) => {
    expect(() => stream.decodeRequestJson(bad)).toThrow(failure('decode'))
  })
})

describe('an entry frame written by hand', () => {
  const edges = [0n, 1n, 127n, 128n, 2n ** 28n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 35n, 2n ** 49n, 2n ** 56n - 1n, 2n ** 56n, 2n ** 63n - 1n]
  const sizes = [0, 1, 64, 127, 128, 4_096, 4_097, 16_383, 16_384, 70_000]

  it('is byte for byte what the generated code writes', () => {
    const timestamps = [...edges, ...edges.map((edge) => -edge), -(2n ** 63n)]
    const counters = [...edges, 2n ** 63n, 2n ** 64n - 1n]
    timestamps.forEach((timestampNs, index) => {
      for (const size of sizes) {
        const seq = counters[index % counters.length]!
        const dropped = counters[(index * 7 + size) % counters.length]!
        const position = counters[(index * 3 + size) % counters.length]!
        const gap = { lost: dropped, fromNs: timestampNs, toNs: timestamps[(index + size) % timestamps.length]! }
        const bare = { timestampNs, seq, dropped, payload: new Uint8Array(size).fill(index + 1) }
        const entry = { ...bare, ...(index % 3 > 0 && { position }), ...(index % 3 > 1 && { gap }) }
        const expected = encodeFrame(stream.encode({ kind: 'entry', entry }), stream.FRAME_BYTES_MAX)
        expect(Buffer.concat(stream.encodeEntryFrame(entry)).equals(expected), `${timestampNs} ${seq} ${dropped} ${size}`).toBe(true)
      }
    })
  })

  it('does not copy a large payload', () => {
    const payload = new Uint8Array(100_000)
    const entry = { timestampNs: 1n, seq: 2n, payload, dropped: 0n }
    expect(stream.encodeEntryFrame(entry)).toHaveLength(2)
    expect(stream.encodeEntryFrame(entry)[1]).toBe(payload)
    expect(stream.encodeEntryFrame({ ...entry, dropped: 3n })[1]).toBe(payload)
    expect(stream.encodeEntryFrame({ ...entry, payload: payload.subarray(0, 100) })).toHaveLength(1)
  })

  it('is refused over the frame, by the size of the whole envelope', () => {
    const payload = new Uint8Array(stream.FRAME_BYTES_MAX)
    const entry = { timestampNs: 0n, seq: 0n, payload, dropped: 0n }
    expect(() => stream.encodeEntryFrame(entry)).toThrow(
      expect.objectContaining({ code: 'frame-too-large', details: { actual: stream.FRAME_BYTES_MAX + 10, max: stream.FRAME_BYTES_MAX } })
    )
    const fitting = { ...entry, payload: payload.subarray(10) }
    expect(stream.encodeEntryFrame(fitting).reduce((sum, piece) => sum + piece.length, 0)).toBe(4 + stream.FRAME_BYTES_MAX)
  })

  it.each([
    { timestampNs: 2n ** 63n },
    { timestampNs: -(2n ** 63n) - 1n },
    { seq: -1n },
    { seq: 2n ** 64n },
    { dropped: -1n },
    { dropped: 2n ** 64n },
    { position: -1n },
    { position: 2n ** 64n },
    { gap: { lost: 2n ** 64n, fromNs: 0n, toNs: 0n } },
    { gap: { lost: 1n, fromNs: -(2n ** 63n) - 1n, toNs: 0n } },
    { gap: { lost: 1n, fromNs: 0n, toNs: 2n ** 63n } }
  ])('is refused with %o', (bad) => {
    const entry = { timestampNs: 0n, seq: 0n, payload: new Uint8Array(0), dropped: 0n, ...bad }
    expect(() => stream.encodeEntryFrame(entry)).toThrow(failure('encode'))
  })
})
