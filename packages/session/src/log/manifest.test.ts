import { describe, expect, test } from 'vitest'
import { archiveDirectory, isSegment, logDirectory } from './log-paths.ts'
import { type LogOwner, sensorManifest } from './log-specs.ts'
import type { LogManifest, PoseLogManifest } from './manifest.ts'
import { decodeManifest, encodeManifest, encodeSource, sourceHash } from './manifest-codec.ts'
import { validateManifest } from './manifest-rules.ts'

const ref = (id: string) => ({ peerId: 'p', id, hash: '0'.repeat(32) })
const common = { sourcePeerId: 'p', writerPeerId: 'p', appId: 'a', sessionId: 's', segmentDurationNs: 1n, retentionNs: 0n }
const manifests = {
  sensor_log: { variant: 'sensor_log', ...common, sensor: ref('s'), clock: ref('c'), frame: ref('f') },
  pose_log: {
    ...{ variant: 'pose_log', ...common, fromFrame: ref('a'), toFrame: ref('b'), clock: ref('c') },
    ...{ source: { kind: 'ros2_tf', publishers: ['x', 'y'] }, writerMode: 'rigid', expectedRateHz: 4_294_967_295 }
  },
  time_transform_log: {
    variant: 'time_transform_log',
    ...common,
    fromClock: ref('a'),
    toClock: ref('b'),
    source: { kind: 'local_clock_read' }
  },
  detection_log: {
    ...{ variant: 'detection_log', ...common, detector: ref('d'), inputSensor: ref('s'), clock: ref('c') },
    inputLog: { sourcePeerId: 'p', resourceId: 's' }
  }
} as const satisfies Record<LogManifest['variant'], LogManifest>

const sensorText = encodeManifest(manifests.sensor_log)

describe('manifests as text', () => {
  test.each(Object.values(manifests))('$variant comes back as it went', (manifest) => {
    expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest)
  })

  test('durations keep all their digits', () => {
    const manifest = { ...manifests.sensor_log, segmentDurationNs: 2n ** 63n - 1n, retentionNs: 1_733_836_800_123_456_789n }
    expect(encodeManifest(manifest)).toContain('"retention_ns":1733836800123456789,"segment_duration_ns":9223372036854775807')
    expect(decodeManifest(encodeManifest(manifest))).toEqual(manifest)
  })

  test('unknown members are ignored', () => {
    expect(decodeManifest(sensorText.replace('{', '{"x_new":[1],'))).toEqual(manifests.sensor_log)
  })

  test.each([
    ['no kind of log', '{}'],
    ['null', 'null'],
    ['an array', '[]'],
    ['no JSON', '{'],
    ['a missing member', sensorText.replace('"app_id":"a",', '')],
    ['null for a member', sensorText.replace('"app_id":"a"', '"app_id":null')],
    ['1.0', sensorText.replace('"retention_ns":0', '"retention_ns":0.0')],
    ['more than i64', sensorText.replace('"retention_ns":0', '"retention_ns":9223372036854775808')],
    ['a string for a reference', sensorText.replace(/"sensor":\{.*?\}/, '"sensor":"s"')],
    ['an unknown source', encodeManifest(manifests.time_transform_log).replace('local_clock_read', 'ntp')],
    ['a rate over u32', encodeManifest(manifests.pose_log).replace('4294967295', '4294967296')]
  ])('%s is refused', (_, text) => {
    expect(() => decodeManifest(text)).toThrow(expect.objectContaining({ code: 'manifest', message: expect.stringMatching(/^manifest: /) }))
  })
})

describe('valid manifests', () => {
  const refusal = (manifest: object) => {
    try {
      validateManifest(manifest as LogManifest)
      return undefined
    } catch (error) {
      return (error as { details: object }).details
    }
  }

  test.each(Object.values(manifests))('a whole $variant is valid', (manifest) => {
    expect(refusal(manifest)).toBeUndefined()
  })

  test.each([
    ['sensor_log', ['sensor', 'clock', 'frame']],
    ['pose_log', ['from_frame', 'to_frame', 'clock']],
    ['time_transform_log', ['from_clock', 'to_clock']],
    ['detection_log', ['detector', 'input_log', 'input_sensor', 'clock']]
  ] as const)('%s: the first empty text counts, in the order of the members', (variant, names) => {
    let manifest: Record<string, unknown> = structuredClone(manifests[variant])
    const fields = ['source_peer_id', 'writer_peer_id', 'app_id', 'session_id']
    for (const name of names)
      fields.push(...(name === 'input_log' ? ['source_peer_id', 'resource_id'] : ['peer_id', 'id', 'hash']).map((m) => `${name}.${m}`))
    const camel = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
    for (const field of fields.toReversed()) {
      const [outer, inner] = field.split('.').map(camel) as [string, string | undefined]
      const value = inner === undefined ? '' : { ...(manifest[outer] as object), [inner]: '' }
      manifest = { ...manifest, [outer]: value, segmentDurationNs: 0n, retentionNs: -1n }
      expect(refusal(manifest)).toEqual({ field, reason: 'must not be empty' })
    }
  })

  test('then the numbers', () => {
    const manifest = { ...manifests.sensor_log, segmentDurationNs: 0n, retentionNs: -1n }
    expect(refusal(manifest)).toEqual({ field: 'segment_duration_ns', reason: 'must be greater than zero' })
    expect(refusal({ ...manifest, segmentDurationNs: 1n })).toEqual({
      field: 'retention_ns',
      reason: 'must be greater than or equal to zero'
    })
  })

  test.each([
    ['expected_rate_hz', { ...manifests.pose_log, expectedRateHz: 1.5 }],
    ['expected_rate_hz', { ...manifests.pose_log, expectedRateHz: -1 }],
    ['writer_mode', { ...manifests.pose_log, writerMode: 'loose' }],
    ['sensor', { ...manifests.sensor_log, sensor: undefined }],
    ['retention_ns', { ...manifests.sensor_log, retentionNs: 2n ** 63n }]
  ])('then what can be no %s', (field, manifest) => {
    expect(refusal(manifest)).toMatchObject({ field })
  })
})

describe('durations', () => {
  const owner: LogOwner = { peerId: 'p', appId: 'a', sessionId: 's', monotonicClock: ref('c') }
  const i64Max = 2n ** 63n - 1n
  const fixed = { kind: 'fixed' } as const
  const rolling = (retentionNs: bigint) => ({ kind: 'rolling', retentionNs }) as const

  test.each([
    ['a fixed head', { head: fixed }, [10_000_000_000n, 0n]],
    ['a rolling head', { head: rolling(60_000_000_000n) }, [6_000_000_000n, 60_000_000_000n]],
    ['a short rolling head', { head: rolling(2_000_000_000n) }, [1_000_000_000n, 2_000_000_000n]],
    ['both given', { head: rolling(60_000_000_000n), segmentDurationNs: 5n, retentionNs: 0n }, [5n, 0n]],
    ['beyond i64', { head: rolling(2n ** 70n) }, [i64Max, i64Max]],
    ['beyond i64, given', { head: fixed, segmentDurationNs: i64Max + 1n, retentionNs: i64Max + 1n }, [i64Max, i64Max]]
  ])('%s', (_, spec, expected) => {
    const { segmentDurationNs, retentionNs } = sensorManifest(owner, { sensor: ref('s'), ...spec })
    expect([segmentDurationNs, retentionNs]).toEqual(expected)
  })
})

describe('sources', () => {
  test('the order of publishers makes no difference to the hash', () => {
    const source = (...publishers: string[]) => ({ kind: 'ros2_tf', publishers }) as const
    expect(encodeSource(source('b', 'a'))).toBe('{"kind":"ros2_tf","publishers":["a","b"]}')
    expect(sourceHash(source('b', 'a'))).toBe(sourceHash(source('a', 'b')))
    expect(sourceHash(source('b'))).not.toBe(sourceHash(source('a')))
  })

  test('a manual pose has no publishers', () => {
    const manual = { kind: 'manual' } as PoseLogManifest['source']
    expect(encodeSource(manual)).toBe('{"kind":"manual"}')
  })
})

describe('paths', () => {
  const invalid = expect.objectContaining({ code: 'invalid-path' })

  const joined = `${'a'.repeat(127)}->${'b'.repeat(127)}` // each of the two is short enough

  test.each([joined, 'segments', 'cam/segments', 'segments/cam', 'manifest.json', 'a/manifest.json/b', '', 'a//b', '..', 'a\\b'])(
    '%j is no log',
    (resourceId) => {
      expect(() => logDirectory({ sourcePeerId: 'p', resourceId })).toThrow(invalid)
      expect(() => logDirectory({ sourcePeerId: resourceId, resourceId: 'r' })).toThrow(invalid)
    }
  )

  test.each(['segment', 'segments2/a', 'a->b', 'a@b', 'x/y/z'])('%j is one', (resourceId) => {
    expect(logDirectory({ sourcePeerId: 'p', resourceId })).toBe(`logs/p/${resourceId}`)
  })

  test('a session id from a foreign manifest does not lead out of the archive', () => {
    expect(() => archiveDirectory('../logs', 0, { sourcePeerId: 'p', resourceId: 'r' })).toThrow(invalid)
    expect(archiveDirectory('s', 2, { sourcePeerId: 'p', resourceId: 'r' })).toBe('archive/s~2/p/r')
  })

  test('segments are named by digits', () => {
    expect(['logs/p/r/segments/00000000000000000001.seg'].every(isSegment)).toBe(true)
    expect(['logs/p/r/segments/x.seg', 'logs/p/r/segments/1.seg.bak', 'logs/p/r/1.seg'].some(isSegment)).toBe(false)
  })
})
