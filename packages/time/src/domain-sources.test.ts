import { describe, expect, test } from 'vitest'
import { type DomainClockSource, DomainClockSources, ownSource } from './index.ts'

const clusterName = 'vinland'

function source(peerId: string, session = 1, offsetNs = 0n): DomainClockSource {
  return ownSource({ clusterName, peerId, clock: { id: `${peerId}/${session}/monotonic`, hash: `${peerId}${session}` }, offsetNs })
}

function heard(sources: DomainClockSources, told: DomainClockSource, managerPeerId: string | undefined = told.backingPeerId): boolean {
  return sources.hear(told, { senderPeerId: told.backingPeerId, managerPeerId })
}

describe('DomainClockSources', () => {
  test('believes the Manager about its own clock', () => {
    const sources = new DomainClockSources(clusterName)
    expect(heard(sources, source('M'))).toBe(true)
    expect(sources.choose('M')).toEqual(source('M'))
  })

  test.each<[string, DomainClockSource, string, string | undefined]>([
    ['a member that is not the Manager', source('X'), 'X', 'M'],
    ['anybody while there is no Manager', source('X'), 'X', undefined],
    ['the Manager about the clock of another', source('X'), 'M', 'M'],
    ['a member that speaks for the Manager', source('M'), 'X', 'M'],
    ['another cluster', { ...source('M'), clusterName: 'other' }, 'M', 'M'],
    ['another domain clock', { ...source('M'), domainClockId: 'other/domain-clock' }, 'M', 'M'],
    ['a domain clock with another hash', { ...source('M'), domainClockHash: '0'.repeat(32) }, 'M', 'M']
  ])('does not believe %s', (_name, told, senderPeerId, managerPeerId) => {
    const sources = new DomainClockSources(clusterName)
    expect(sources.hear(told, { senderPeerId, managerPeerId })).toBe(false)
    expect(sources.choose(managerPeerId)).toBeUndefined()
  })

  test('chooses the session of the Manager heard last, whatever its clock id', () => {
    const sources = new DomainClockSources(clusterName)
    heard(sources, source('M', 2))
    heard(sources, source('M', 1))
    expect(sources.choose('M')).toEqual(source('M', 1))
    heard(sources, source('M', 2))
    expect(sources.choose('M')).toEqual(source('M', 2))
  })

  test('without a source of the Manager chooses the one heard last of all', () => {
    const sources = new DomainClockSources(clusterName)
    heard(sources, source('B'))
    heard(sources, source('A'))
    expect(sources.choose('M')).toEqual(source('A'))
    expect(sources.choose(undefined)).toEqual(source('A'))
    expect(sources.choose('B')).toEqual(source('B'))
  })

  test('the newest word of one clock replaces what it said before', () => {
    const sources = new DomainClockSources(clusterName)
    heard(sources, source('M', 1, 5n))
    heard(sources, source('M', 1, -7n))
    expect(sources.choose('M')?.backingToDomainOffsetNs).toBe(-7n)
  })

  test('what we advertise counts as heard right now, until we withdraw it', () => {
    const sources = new DomainClockSources(clusterName)
    sources.advertise(source('me'))
    heard(sources, source('A'))
    expect(sources.advertised).toEqual(source('me'))
    expect(sources.choose(undefined)).toEqual(source('me'))
    expect(sources.choose('A')).toEqual(source('A'))
    sources.withdraw()
    expect(sources.advertised).toBeUndefined()
    expect(sources.choose(undefined)).toEqual(source('me'))
    expect(sources.choose('me')).toEqual(source('me'))
    heard(sources, source('A'))
    expect(sources.choose(undefined)).toEqual(source('A'))
    sources.withdraw()
    expect(sources.choose(undefined)).toEqual(source('A'))
  })

  test('advertising anew replaces the source, also one heard before', () => {
    const sources = new DomainClockSources(clusterName)
    sources.advertise(source('me', 1, 1n))
    sources.withdraw()
    sources.advertise(source('me', 1, 2n))
    sources.advertise(source('me', 1, 3n))
    expect(sources.choose('me')?.backingToDomainOffsetNs).toBe(3n)
    sources.withdraw()
    expect(sources.choose('me')?.backingToDomainOffsetNs).toBe(3n)
  })

  test('keeps 64; the longest unheard goes first, our own never', () => {
    const sources = new DomainClockSources(clusterName)
    for (let n = 0; n < 64; n++) heard(sources, source(`P${n}`))
    heard(sources, source('P0'))
    heard(sources, source('P64'))
    expect(sources.isBackedByAny(['P1'])).toBe(false)
    expect(sources.isBackedByAny(['P0'])).toBe(true)
    expect(sources.isBackedByAny(['P2'])).toBe(true)
    sources.advertise(source('me'))
    expect(sources.isBackedByAny(['P2'])).toBe(false)
    for (let n = 100; n < 200; n++) heard(sources, source(`P${n}`))
    expect(sources.choose('me')).toEqual(source('me'))
    expect(sources.isBackedByAny(['P136'])).toBe(false)
    expect(sources.isBackedByAny(['P137'])).toBe(true)
  })

  test('sessions of one peer are sources of their own', () => {
    const sources = new DomainClockSources(clusterName)
    heard(sources, source('A'))
    for (let session = 1; session <= 63; session++) heard(sources, source('M', session))
    expect(sources.isBackedByAny(['A'])).toBe(true)
    heard(sources, source('M', 64))
    expect(sources.isBackedByAny(['A'])).toBe(false)
  })

  test('isBackedByAny looks at every peer, and at our own source', () => {
    const sources = new DomainClockSources(clusterName)
    expect(sources.isBackedByAny(['A', 'B'])).toBe(false)
    heard(sources, source('B'))
    expect(sources.isBackedByAny(new Set(['A', 'B']))).toBe(true)
    expect(sources.isBackedByAny([])).toBe(false)
    sources.advertise(source('me'))
    expect(sources.isBackedByAny(['me'])).toBe(true)
  })
})
