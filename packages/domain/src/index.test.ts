import { expect, expectTypeOf, test } from 'vitest'
import type { ClusterEvent, ClusterMember, DaemonInfo, DomainConfig, ParticipantInfo, RoleName } from './index.ts'
import * as sdk from './index.ts'

test('an app finds what it needs in this one package', () => {
  expect(Object.keys(sdk)).toEqual(
    expect.arrayContaining([
      ...['Domain', 'ClusterManager', 'ClusterTarget', 'ClusterMembership', 'catalogOf', 'electSuccessor', 'decideManagerLossAction'],
      ...['Peer', 'Session', 'SessionClock', 'Wallet', 'PeerIdentity', 'createSwarm', 'DiscoveryClient', 'memoryStorage', 'RegistryStore'],
      ...['rosBody', 'rosOptical', 'opengl', 'unity', 'seconds', 'milliseconds', 'encodePayload', 'decodePayload'],
      ...['AukiError', 'DomainError', 'BootstrapError', 'CreateClusterError', 'JoinClusterError', 'AdmitError', 'DiscoveryClientError'],
      ...['FetchParticipantInfoError', 'FetchRegistryEntryError', 'FetchResourcesCatalogError'],
      ...['DomainClockEstimateUnavailable', 'DomainTimeNowError', 'TimeError', 'IdentityError', 'RegistryError', 'SessionError']
    ])
  )
  expect(sdk.LIVENESS_CHECK_INTERVAL_MS).toBe(1_000)
})

test('the row decides what the loss of a Manager means', () => {
  const decide = sdk.decideManagerLossAction
  expect(decide(undefined, 'lost', 'me')).toBe('electLocally')
  expect(decide({ managerPeerId: 'lost' }, 'lost', 'me')).toBe('defer')
  expect(decide({ managerPeerId: 'lost' }, 'lost', 'lost')).toBe('defer')
  expect(decide({ managerPeerId: 'me' }, 'lost', 'me')).toBe('claim')
  expect(decide({ managerPeerId: 'other' }, 'lost', 'me')).toBe('follow')
})

test('the longest-standing member that can be reached succeeds; equal times are decided by peer id; observers never do', () => {
  const membership = new sdk.ClusterMembership('lab')
  const member = (peerId: string, joinTsNs: bigint, observer = false): ClusterMember => ({
    peerId,
    multiaddrs: [`/ip4/10.0.0.1/tcp/1/p2p/${peerId}`],
    joinTsNs,
    observer
  })
  for (const one of [member('c', 2n), member('b', 1n), member('a', 1n), member('o', 0n, true)]) membership.admit(one)
  expect(sdk.electSuccessor(membership, 'c', ['a', 'b', 'o'])).toBe('a')
  expect(sdk.electSuccessor(membership, 'c', ['b', 'o'])).toBe('b')
  expect(sdk.electSuccessor(membership, 'c', [])).toBe('c')
  expect(sdk.electSuccessor(membership, 'o', ['o'])).toBeUndefined()
})

test('the types read as promised', () => {
  expectTypeOf(sdk.Domain.join).parameter(2).toEqualTypeOf<DomainConfig>()
  expectTypeOf(sdk.Domain.join).returns.resolves.toEqualTypeOf<sdk.Domain>()
  expectTypeOf<sdk.Domain['closed']>().resolves.toEqualTypeOf<sdk.AukiError | undefined>()
  expectTypeOf<sdk.Domain>().toExtend<AsyncDisposable>()
  expectTypeOf<sdk.Domain['peers']>().toEqualTypeOf<sdk.DomainPeer[]>()
  expectTypeOf<sdk.Domain['peer']>().returns.toEqualTypeOf<sdk.DomainPeer>()
  expectTypeOf<sdk.Domain['addresses']>().toEqualTypeOf<readonly string[]>()
  expectTypeOf<sdk.Domain['now']>().returns.toEqualTypeOf<bigint>()
  expectTypeOf<sdk.Domain['clockReady']>().returns.resolves.toEqualTypeOf<void>()
  expectTypeOf<sdk.Domain['events']>().returns.toExtend<AsyncIterable<sdk.DomainEvent>>()
  expectTypeOf((domain: sdk.Domain) => domain.on('member-left', ({ peerId }) => peerId)).returns.toEqualTypeOf<Disposable>()
  expectTypeOf<sdk.ClusterManager>().toExtend<AsyncDisposable>()
  expectTypeOf<sdk.ClusterManager['role']>().toEqualTypeOf<RoleName>()
  expectTypeOf<sdk.ClusterManager['domainTimeNow']>().returns.toEqualTypeOf<bigint>()
  expectTypeOf<sdk.ClusterManager['participantInfo']>().returns.toEqualTypeOf<ParticipantInfo>()
  expectTypeOf<sdk.ClusterManager['events']>().returns.toExtend<AsyncIterable<ClusterEvent>>()
  expectTypeOf<{ name: string }>().toExtend<DaemonInfo>()
  expectTypeOf<'peerLossTimeoutMs'>().toExtend<keyof NonNullable<DomainConfig['settings']>>()
})
