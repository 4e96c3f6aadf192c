/** A network that does nothing but remember what it was told; a test replaces the answers it needs. */
import type { PeerRuntime } from '@auki/network'

export interface FakeRuntime extends PeerRuntime {
  /** Every call, in order: its name and arguments, options left out. */
  readonly calls: readonly (readonly [name: string, ...args: unknown[]])[]
}

export function fakeRuntime(answers: Partial<PeerRuntime> = {}): FakeRuntime {
  const calls: [string, ...unknown[]][] = []
  const noted =
    <T>(name: string, answer: T) =>
    (...args: unknown[]): T => {
      calls.push([name, ...args])
      return answer
    }
  const never = <T>(name: string) => noted(name, new Promise<T>(() => {}))
  const shutdown = noted('shutdown', Promise.resolve())
  return {
    calls,
    localPeerId: 'me',
    setAllowedPeers: noted('setAllowedPeers', { added: [], removed: [] }),
    setHeartbeatTargets: noted('setHeartbeatTargets', undefined),
    dialNow: noted('dialNow', undefined),
    hurry: noted('hurry', undefined),
    dialKinds: () => ['tcp', 'ws', 'relay'],
    dialFailure: () => undefined,
    dialable: (_peerId, multiaddrs) => [...multiaddrs],
    switchConnection: noted('switchConnection', undefined),
    isConnected: () => false,
    connectedPeers: () => [],
    contact: () => undefined,
    ping: never('ping'),
    waitConnected: never('waitConnected'),
    requestJoin: never('requestJoin'),
    requestLeave: never('requestLeave'),
    requestInfo: never('requestInfo'),
    requestClock: never('requestClock'),
    requestResources: never('requestResources'),
    requestRegistryEntry: never('requestRegistryEntry'),
    requestSeen: never('requestSeen'),
    openStream: never('openStream'),
    endStreams: noted('endStreams', Promise.resolve()),
    outboundStreams: () => [],
    pushMembership: noted('pushMembership', undefined),
    pushDiagnostic: noted('pushDiagnostic', undefined),
    reserveRelayCircuitAddr: noted('reserveRelayCircuitAddr', Promise.resolve('')),
    setRelayHints: () => {},
    heldRelays: () => [],
    shutdown,
    [Symbol.asyncDispose]: shutdown,
    ...answers
  }
}
