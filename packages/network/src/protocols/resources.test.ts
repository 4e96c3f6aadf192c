import { canonicalText, type Json, parseJson, stringifyJson } from '@auki/canonical'
import type { ResourceEntry } from '@auki/session'
import { describe, expect, it } from 'vitest'
import * as resources from './resources.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })

const clock = { peerId: 'galbot', id: 'session/sdk_clock', hash: 'fb01' }
const frame = { peerId: 'galbot', id: 'world', hash: '3055' }
const common = {
  sourcePeerId: 'galbot',
  writerPeerId: 'park',
  state: 'live',
  available: { bytes: 2n ** 64n - 1n, entries: 900n, durationNs: -(2n ** 63n) }
}
const camera: ResourceEntry = {
  ...common,
  variant: 'sensor_log',
  resourceId: 'head_left_rgb',
  head: { kind: 'rolling', retentionNs: 5n },
  sensor: { kind: 'camera', type: 'rgb', sensorId: 'head_left_rgb', sensorHash: 'abc123' },
  manifest: { clock, frame }
}
const entries: ResourceEntry[] = [
  camera,
  {
    ...common,
    variant: 'pose_log',
    resourceId: 'world->base',
    state: 'sealed',
    extent: { startAtNs: -1n, finishAtNs: 2n ** 63n - 1n },
    pose: { writerMode: 'movable' },
    manifest: { fromFrame: frame, toFrame: frame, clock, source: { kind: 'ros2_tf', publishers: ['a', 'b'] }, expectedRateHz: 2 ** 32 - 1 }
  },
  {
    ...common,
    variant: 'pose_log',
    resourceId: 'x',
    manifest: { fromFrame: frame, toFrame: frame, clock, source: { kind: 'manual' }, expectedRateHz: 0 }
  },
  {
    ...common,
    variant: 'time_transform_log',
    resourceId: 'a->b',
    head: { kind: 'fixed', startedAtNs: 7n },
    manifest: { fromClock: clock, toClock: clock, source: { kind: 'local_clock_read' } }
  },
  {
    ...common,
    variant: 'detection_log',
    resourceId: 'aruco@cam',
    manifest: { detector: frame, inputLog: { sourcePeerId: 'galbot', resourceId: 'cam' }, inputSensor: frame, clock }
  }
]

const decodeText = (json: string) => resources.decodeRow(parseJson(json, { integers: 'bigint' }))
const rowText = (row: ResourceEntry) => stringifyJson(resources.encodeRow(row))

describe('a resources request', () => {
  it('asks for everything unless it names variants', () => {
    expect(text(resources.encodeRequest({}))).toBe('{}')
    expect(text(resources.encodeRequest({ variants: [] }))).toBe('{}')
    expect(text(resources.encodeRequest({ variants: ['pose_log'] }))).toBe('{"variants":["pose_log"]}')
    for (const everything of ['{}', '{"variants":null}', '{"variants":[]}', '{"x":1}']) {
      expect(resources.decodeRequest(utf8(everything))).toStrictEqual({})
    }
    expect(resources.decodeRequest(resources.encodeRequest({ variants: ['pose_log'] }))).toStrictEqual({ variants: ['pose_log'] })
  })

  it('ignores variants it does not know; of nothing else it asks for no row', () => {
    expect(resources.decodeRequest(utf8('{"variants":["blob_log","detection_log"]}'))).toStrictEqual({ variants: ['detection_log'] })
    expect(resources.decodeRequest(utf8('{"variants":["blob_log"]}'))).toStrictEqual({ variants: [] })
  })

  it('never holds more variants than there are', () => {
    const many = utf8(`{"variants":[${'"pose_log",'.repeat(50_000)}"sensor_log"]}`)
    expect(resources.decodeRequest(many)).toStrictEqual({ variants: ['sensor_log', 'pose_log'] })
  })

  it.each(['{"variants":"pose_log"}', '{"variants":[1]}', '[]'])('%s is a decode error', (bad) => {
    expect(() => resources.decodeRequest(utf8(bad))).toThrow(failure('decode'))
  })
})

describe('a row', () => {
  it.each(entries.map((row) => [row.resourceId, row] as const))('%s comes back whole', (_id, row) => {
    expect(decodeText(rowText(row))).toStrictEqual(row)
  })

  it('is written in wire spelling', () => {
    expect(canonicalText(resources.encodeRow(camera))).toBe(
      '{"available":{"bytes":18446744073709551615,"duration_ns":-9223372036854775808,"entries":900},"head":{"kind":"rolling","retention_ns":5},' +
        '"manifest":{"clock":{"hash":"fb01","id":"session/sdk_clock","peer_id":"galbot"},"frame":{"hash":"3055","id":"world","peer_id":"galbot"}},' +
        '"resource_id":"head_left_rgb","sensor":{"kind":"camera","sensor_hash":"abc123","sensor_id":"head_left_rgb","type":"rgb"},' +
        '"source_peer_id":"galbot","state":"live","variant":"sensor_log","writer_peer_id":"park"}'
    )
  })

  it('keeps open strings, and does without a head, an extent, a frame and a writer mode', () => {
    const { head, ...bare } = camera as Extract<ResourceEntry, { variant: 'sensor_log' }>
    const { sensor } = bare
    const odd = { ...bare, state: 'paused', manifest: { clock } }
    expect(decodeText(rowText(odd))).toStrictEqual(odd)
    expect(decodeText(rowText({ ...camera, sensor: { ...sensor, type: 'hologram' } }))).toMatchObject({
      sensor: { type: 'hologram' },
      head
    })
  })
})

describe('a resources response', () => {
  const response = (rows: string[]) => resources.decodeResponse(utf8(`{"resources":[${rows.join(',')}]}`))

  it('keeps the producer’s order', () => {
    expect(resources.decodeResponse(resources.encodeResponse(entries))).toStrictEqual({ resources: entries, skippedRows: 0 })
    expect(resources.decodeResponse(resources.encodeResponse([]))).toStrictEqual({ resources: [], skippedRows: 0 })
  })

  it.each([
    ['an unknown variant', '"sensor_log"', '"foo_log"'],
    ['no sensor', '"sensor":{', '"x":{'],
    ['an unknown sensor kind', '"kind":"camera"', '"kind":"point_cloud"'],
    ['an unknown head', '"rolling"', '"forever"'],
    ['a fraction', '"entries":900', '"entries":900.0'],
    ['an exponent', '"entries":900', '"entries":9e2'],
    ['a negative count', '"entries":900', '"entries":-1'],
    ['a count beyond u64', '18446744073709551615', '18446744073709551616'],
    ['a duration beyond i64', '-9223372036854775808', '-9223372036854775809'],
    ['a missing key', '"state":"live",', ''],
    ['a null manifest', '"manifest":{', '"manifest":null,"x":{'],
    ['a reference that lacks its hash', '"hash":"fb01"', '"h":"fb01"']
  ])('skips and counts a row with %s', (_what, good, bad) => {
    const row = rowText(camera)
    expect(row).toContain(good)
    expect(response([row, row.replace(good, bad), row])).toStrictEqual({ resources: [camera, camera], skippedRows: 1 })
  })

  it.each([
    [1, 'pose', '"writer_mode":"movable"', '"writer_mode":"soft"'],
    [1, 'pose source', '"kind":"ros2_tf"', '"kind":"ros3_tf"'],
    [1, 'publishers', '["a","b"]', '["a",1]'],
    [1, 'rate', '4294967295', '4294967296'],
    [3, 'time-transform source', 'local_clock_read', 'sundial'],
    [4, 'input log', '"input_log":{', '"input_log":[],"x":{']
  ])('skips row %i with a bad %s', (index, _what, good, bad) => {
    const row = rowText(entries[index]!)
    expect(row).toContain(good)
    expect(response([row.replace(good, bad), row])).toStrictEqual({ resources: [entries[index]], skippedRows: 1 })
  })

  it('counts what is no row at all', () => {
    const junk: Json[] = [null, 1, 'x', [], {}, { variant: 'sensor_log' }, { variant: 7 }]
    expect(response([...junk.map(stringifyJson), rowText(camera)])).toStrictEqual({ resources: [camera], skippedRows: junk.length })
  })

  it.each(['{}', '{"resources":null}', '{"resources":{}}', '{"resources":7}', '[]', '{"resources":['])(
    'with the envelope %s is a decode error',
    (bad) => {
      expect(() => resources.decodeResponse(utf8(bad))).toThrow(failure('decode'))
    }
  )

  it('over the frame is not written', () => {
    expect(() => resources.encodeResponse(Array.from({ length: 5_000 }, () => camera))).toThrow(failure('frame-too-large'))
  })
})
