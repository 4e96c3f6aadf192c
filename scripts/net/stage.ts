/** What most scenarios begin with and ask about: a Discovery, peers that read each other, and when all is well again. */
import { AukiChild, until } from '../../packages/cli/src/child.ts'
import { type HostInit, Lab } from './lab.ts'
import { nowMs } from './messages.ts'
import { LabPeer, type PeerOptions } from './peer.ts'

const startMs = 60_000
const lookMs = 50
const discoveryPort = 8_080

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** `auki …` on a host, until the lab ends. */
export function command(lab: Lab, hostName: string, ...args: string[]): AukiChild {
  const child = new AukiChild([...args, '--json'], { under: lab.host(hostName).under })
  lab.use({
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await child.ended
    }
  })
  return child
}

/** Discovery on a host; resolves to its URL at the host's first address. */
export async function startDiscovery(lab: Lab, hostName = 'd', args: readonly string[] = []): Promise<string> {
  const child = command(lab, hostName, 'discovery', '--host', '::', '--port', String(discoveryPort), ...args)
  await until('Discovery listens', [child], () => listening(child), { withinMs: startMs })
  const address = lab.host(hostName).addresses[0]!
  return `http://${address.includes(':') ? `[${address}]` : address}:${discoveryPort}`
}

function listening(child: AukiChild): true | undefined {
  if (child.end !== undefined) throw new Error(`auki ended with ${child.end}: ${child.stderr}`)
  return child.last('listening') && true
}

export interface Stage extends AsyncDisposable {
  readonly lab: Lab
  readonly discoveryUrl: string
  /** In order of joining; the first is Manager. */
  readonly peers: LabPeer[]
}

export interface StageOptions {
  readonly peers?: Omit<PeerOptions, 'discoveryUrl'>
  /** Hosts that are not as usual, or have no peer yet. */
  readonly hosts?: Readonly<Record<string, HostInit>>
  /** Done before the first peer joins. */
  readonly before?: (lab: Lab) => Promise<void>
}

/** Host `d` with Discovery, and a peer on each of the given hosts, all reading all. */
export async function setUp(names: readonly string[], { peers: options = {}, hosts = {}, before }: StageOptions = {}): Promise<Stage> {
  const usual = Object.fromEntries(['d', ...names].map((name): [string, HostInit] => [name, {}]))
  await using stack = new AsyncDisposableStack()
  const lab = stack.use(await Lab.open({ ...usual, ...hosts }))
  const discoveryUrl = await startDiscovery(lab)
  await before?.(lab)
  const peers = await Promise.all(names.map((name) => LabPeer.start(lab, name, { ...options, discoveryUrl })))
  await gather(peers)
  const standing = stack.move()
  return { lab, discoveryUrl, peers, [Symbol.asyncDispose]: () => standing.disposeAsync() }
}

/** All join, the first before the others, and read all; resolves when every stream flows. @throws Error when that takes too long. */
export async function gather(peers: readonly LabPeer[]): Promise<void> {
  const [first, ...others] = peers
  await first!.join()
  await Promise.all(others.map((peer) => peer.join()))
  await Promise.all(peers.map((peer) => peer.read()))
  const tookMs = await untilStreams(peers, nowMs(), startMs)
  if (!Number.isFinite(tookMs)) throw new Error(`not all streams flow ${startMs} ms after all have joined`)
  const settledMs = await untilSettled(peers, nowMs(), startMs)
  if (!Number.isFinite(settledMs)) throw new Error(`not all agree ${startMs} ms after all have joined`)
}

/** How long after `sinceMs` the last one of `readers` had an entry of every other that was stamped after it; Infinity: not `withinMs`. */
export async function untilStreams(
  readers: readonly LabPeer[],
  sinceMs: number,
  withinMs: number,
  writers: readonly LabPeer[] = readers
): Promise<number> {
  return poll(sinceMs, withinMs, async () => {
    const all = await Promise.all(readers.map((reader) => firstFresh(reader, sinceMs, writers)))
    return Math.max(...all)
  })
}

/** When the last of what is wanted came; Infinity: not yet. */
async function firstFresh(reader: LabPeer, sinceMs: number, writers: readonly LabPeer[]): Promise<number> {
  const fresh = await reader.fresh(sinceMs)
  const times = writers
    .filter((writer) => writer !== reader)
    .map((writer) => {
      const own = fresh.filter(({ from }) => from === writer.peerId)
      return own.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...own.map(({ atMs }) => atMs ?? Number.POSITIVE_INFINITY))
    })
  return Math.max(...times)
}

/** How long after `sinceMs` all follow one of them, have each other, and none is only heard by others; Infinity: not `withinMs`. */
export async function untilSettled(peers: readonly LabPeer[], sinceMs: number, withinMs: number): Promise<number> {
  return poll(sinceMs, withinMs, async () => ((await agree(peers)) ? nowMs() : Number.POSITIVE_INFINITY))
}

async function agree(peers: readonly LabPeer[]): Promise<boolean> {
  const views = await Promise.all(peers.map((peer) => peer.look()))
  const manager = views.find(({ role }) => role === 'manager')
  return views.every(
    ({ role, managerPeerId, members }) =>
      managerPeerId === manager?.peerId &&
      role === (managerPeerId === manager?.peerId && role === 'manager' ? 'manager' : 'follower') &&
      peers.every(({ peerId }) => members.some((member) => member.peerId === peerId && !member.indirect))
  )
}

async function poll(sinceMs: number, withinMs: number, look: () => Promise<number>): Promise<number> {
  for (;;) {
    const atMs = await look()
    if (Number.isFinite(atMs)) return Math.max(0, atMs - sinceMs)
    if (nowMs() - sinceMs > withinMs) return Number.POSITIVE_INFINITY
    await pause(lookMs)
  }
}

/** Who was seen to go, by whom; in words. */
export function evictions(peers: readonly LabPeer[], sinceMs: number): string[] {
  return peers.flatMap((peer) =>
    peer
      .events(sinceMs)
      .flatMap(({ event }) => (event.type === 'member-left' ? [`${nameOf(peers, event.peerId)} went, says ${peer.name}`] : []))
  )
}

/** Changes from one Manager to another; that there is none for a while is no change. */
export function managerChanges(peers: readonly LabPeer[], sinceMs: number, managerPeerId: string): string[] {
  return peers.flatMap((peer) =>
    peer.events(sinceMs).flatMap(({ event }) => {
      if (event.type !== 'manager-changed' || event.managerPeerId === undefined || event.managerPeerId === managerPeerId) return []
      return [`${nameOf(peers, event.managerPeerId)} for ${peer.name}`]
    })
  )
}

export const nameOf = (peers: readonly LabPeer[], peerId: string): string => peers.find((peer) => peer.peerId === peerId)?.name ?? peerId
