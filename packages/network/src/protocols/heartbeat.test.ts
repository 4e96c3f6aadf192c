import { describe, expect, it } from 'vitest'
import * as heartbeat from './heartbeat.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const failure = (code: string) => expect.objectContaining({ name: 'CodecError', code })

const peerId = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const clockId = `${peerId}/01JEXAMPLEEXAMPLEEXAMPLEEX/monotonic`
const hash = '4ac5d0eba3efda699a4fd687271ca45e'
const bare: heartbeat.HeartbeatFrame = { sentAtUnixNs: 1n, clockId, clockHash: hash, sequence: 1n, sentAtClockNs: 2n }

/** The largest frame that our ids and a cluster name of `nameChars` can make. */
function largest(nameChars: number): Required<heartbeat.HeartbeatFrame> {
  const clusterName = 'c'.repeat(nameChars)
  return {
    sentAtUnixNs: -(2n ** 63n),
    clockId,
    clockHash: hash,
    sequence: 2n ** 64n - 1n,
    sentAtClockNs: -(2n ** 63n),
    echo: { sequence: 2n ** 64n - 1n, receivedAtClockNs: -(2n ** 63n) },
    domainClock: {
      clusterName,
      domainClockId: `${clusterName}/domain-clock`,
      domainClockHash: hash,
      backingPeerId: peerId,
      backingClockId: clockId,
      backingClockHash: hash,
      backingToDomainOffsetNs: -(2n ** 63n),
      backingToDomainUncertaintyNs: 2n ** 64n - 1n
    },
    membership: { epoch: Number.MAX_SAFE_INTEGER, version: Number.MAX_SAFE_INTEGER },
    instance: '0123456789abcdef-_ABCD'
  }
}

describe('a heartbeat', () => {
  it('comes back whole at the edges of 64 bits', () => {
    const full = largest(8)
    expect(heartbeat.encodeFitted(full).dropped).toEqual([])
    expect(heartbeat.decode(heartbeat.encode(full))).toStrictEqual(full)
    expect(heartbeat.decode(heartbeat.encode(bare))).toStrictEqual(bare)
  })

  it('writes no key that is not set, and no uncertainty of 0', () => {
    const { backingToDomainUncertaintyNs, ...domainClock } = largest(8).domainClock
    const keys = Object.keys(JSON.parse(text(heartbeat.encode({ ...bare, domainClock }))))
    expect(keys).toEqual(['sent_at_unix_ns', 'clock_id', 'clock_hash', 'sequence', 'sent_at_clock_ns', 'domain_clock'])
    const zero = heartbeat.encode({ ...bare, domainClock: { ...domainClock, backingToDomainUncertaintyNs: 0n } })
    expect(text(zero)).toBe(text(heartbeat.encode({ ...bare, domainClock })))
    expect(text(zero)).not.toContain('uncertainty')
    expect(heartbeat.decode(zero).domainClock).toStrictEqual(domainClock)
    expect(backingToDomainUncertaintyNs).toBe(2n ** 64n - 1n)
  })

  it('reads null extras as missing ones, and skips unknown keys and an instance that is too long', () => {
    const extras = `{"echo":null,"domain_clock":null,"membership":null,"generation":4,"instance":"${'i'.repeat(65)}",`
    const json = text(heartbeat.encode(bare)).replace('{', extras)
    expect(heartbeat.decode(utf8(json))).toStrictEqual(bare)
  })

  it('of the retired form, which only says when, is a decode error', () => {
    expect(() => heartbeat.decode(utf8('{"sent_at_unix_ns":1715423400000000000}'))).toThrow(failure('decode'))
  })

  it.each([
    ['"sequence":1', '"sequence":-1'],
    ['"sequence":1', '"sequence":1.0'],
    ['"sequence":1', '"sequence":1e18'],
    ['"sequence":1', '"sequence":18446744073709551616'],
    ['"sequence":1', '"sequence":"1"'],
    ['"sent_at_clock_ns":2', '"sent_at_clock_ns":9223372036854775808'],
    ['"sent_at_clock_ns":2', '"sent_at_clock_ns":-9223372036854775809'],
    ['"sent_at_clock_ns":2', '"sent_at_clock_ns":-0'],
    ['{', '{"membership":{"epoch":9007199254740992,"version":0},'],
    ['{', '{"membership":{"epoch":-1,"version":0},'],
    ['{', '{"membership":{"epoch":1},'],
    ['{', '{"echo":{"sequence":1},'],
    ['{', '{"instance":7,'],
    ['{', '{"domain_clock":{"cluster_name":"c"},']
  ])('with %s as %s is a decode error', (good, bad) => {
    const json = text(heartbeat.encode(bare))
    expect(json).toContain(good)
    expect(() => heartbeat.decode(utf8(json.replace(good, bad)))).toThrow(failure('decode'))
  })
})

describe('a heartbeat over its frame', () => {
  it('is none with cluster names of 64 characters and readings of real clocks', () => {
    const full = largest(64)
    const real = {
      ...full,
      sentAtUnixNs: 1_733_836_800_123_456_789n,
      sentAtClockNs: 10n ** 18n,
      echo: { sequence: 10n ** 9n, receivedAtClockNs: 10n ** 18n },
      sequence: 10n ** 9n
    }
    const membership = { epoch: 1_733_836_800_123_456, version: 1_000 }
    const { payload, dropped } = heartbeat.encodeFitted({ ...real, membership })
    expect([dropped, payload.length]).toEqual([[], 1_015])
  })

  // As the cluster name grows, one extra after the other no longer fits.
  it.each([
    [['instance']],
    [['instance', 'backing_to_domain_uncertainty_ns']],
    [['instance', 'backing_to_domain_uncertainty_ns', 'membership']],
    [['instance', 'backing_to_domain_uncertainty_ns', 'membership', 'domain_clock']]
  ])('loses %j, in this order', (expected) => {
    const outcomes = Array.from({ length: 200 }, (_, extra) => heartbeat.encodeFitted(largest(40 + extra)))
    const outcome = outcomes.find(({ dropped }) => dropped.length === expected.length)
    expect(outcome?.dropped).toEqual(expected)
    expect(outcomes.every(({ payload }) => payload.length <= 1_024)).toBe(true)
    const frame = heartbeat.decode(outcome!.payload)
    expect(frame.echo).toEqual(largest(1).echo)
    expect(frame.membership !== undefined).toBe(!expected.includes('membership'))
    expect(frame.domainClock !== undefined).toBe(!expected.includes('domain_clock'))
    expect(frame.instance).toBeUndefined()
    if (frame.domainClock) expect(frame.domainClock.backingToDomainUncertaintyNs !== undefined).toBe(expected.length === 1)
  })

  it('says only of extras it had that it lost them', () => {
    const { echo, domainClock } = largest(300)
    expect(heartbeat.encodeFitted({ ...bare, echo, domainClock: { ...domainClock, backingToDomainUncertaintyNs: 0n } }).dropped).toEqual([
      'domain_clock'
    ])
  })

  it('is refused when even the bare beat is too long', () => {
    expect(() => heartbeat.encode({ ...bare, clockId: 'x'.repeat(1_024) })).toThrow(failure('frame-too-large'))
  })
})
