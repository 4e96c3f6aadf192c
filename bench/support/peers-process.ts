/** A process that holds peers and does with them what its parent says over the channel; see `peers.ts`. */
import { ClusterTarget, Domain, Peer, PeerIdentity, Wallet } from '@auki/domain'

export type Call =
  | {
      readonly call: 'join'
      readonly cluster: string
      readonly discoveryUrl: string
      /** When to begin, on the machine's monotonic clock, ns; 0: at once. */
      readonly atNs: bigint
    }
  | { readonly call: 'view' | 'leave'; readonly peerId: string }

/** How one peer sees its cluster. */
export interface View {
  readonly peerId: string
  readonly managerPeerId: string | undefined
  readonly role: string
  /** Peer ids. */
  readonly members: readonly string[]
}

/** What a call is answered with. Times are ns on the machine's monotonic clock, which all its processes share. */
export type Answer = { readonly calledAtNs: bigint; readonly joinedAtNs: bigint; readonly view: View } | View | undefined

export type FromChild =
  | { readonly no: number; readonly answer: Answer }
  | { readonly no: number; readonly error: string }
  /** `peerId` has got a member, or lost one. */
  | { readonly peerId: string; readonly change: 'member-joined' | 'member-left'; readonly member: string; readonly atNs: bigint }

const domains = new Map<string, Domain>()

function send(message: FromChild): void {
  if (process.connected) process.send?.(message)
}

async function join({ cluster, discoveryUrl, atNs }: Extract<Call, { call: 'join' }>): Promise<Answer> {
  const localIdentity = PeerIdentity.fromWallet(Wallet.generate())
  const peer = new Peer({ peerId: localIdentity.peerId, appId: 'bench' })
  const session = await peer.startSession()
  const config = { target: ClusterTarget.joinOrCreate(cluster), localIdentity, discoveryUrl, daemonInfo: { name: 'bench' } }
  await instant(atNs)
  const calledAtNs = process.hrtime.bigint()
  const domain = await Domain.join(peer, session, config)
  const joinedAtNs = process.hrtime.bigint()
  domains.set(peer.peerId, domain)
  void tellChanges(domain)
  return { calledAtNs, joinedAtNs, view: viewOf(domain) }
}

/** Resolves at the given instant, not before; the last stretch is waited for without a timer, which would be late. */
async function instant(atNs: bigint): Promise<void> {
  const remainingMs = Number(atNs - process.hrtime.bigint()) / 1e6
  if (remainingMs > 5) await new Promise((resolve) => setTimeout(resolve, remainingMs - 5))
  while (process.hrtime.bigint() < atNs);
}

async function tellChanges({ clusterManager }: Domain): Promise<void> {
  const peerId = clusterManager.localPeerId
  for await (const event of clusterManager.events()) {
    if (event.type !== 'member-joined' && event.type !== 'member-left') continue
    send({ peerId, change: event.type, member: event.peerId, atNs: process.hrtime.bigint() })
  }
}

function viewOf({ clusterManager }: Domain): View {
  const { localPeerId, managerPeerId, role, membership } = clusterManager
  return { peerId: localPeerId, managerPeerId, role, members: membership.peers.map(({ peerId }) => peerId) }
}

async function perform(call: Call): Promise<Answer> {
  if (call.call === 'join') return join(call)
  const domain = domains.get(call.peerId)
  if (domain === undefined) throw new Error(`there is no ${call.peerId} in this process`)
  if (call.call === 'view') return viewOf(domain)
  domains.delete(call.peerId)
  await domain.leave()
  return undefined
}

process.on('message', ({ no, call }: { no: number; call: Call }) => {
  perform(call).then(
    (answer) => send({ no, answer }),
    (error: unknown) => send({ no, error: error instanceof Error ? error.message : String(error) })
  )
})
process.on('disconnect', () => process.exit())
