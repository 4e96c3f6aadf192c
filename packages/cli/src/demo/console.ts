/** The peer of the demo that looks at the others: whoever joins is asked what it has, and for a frame of its first sensor; its sensors are watched. */
import { contentHash, reasonOf } from '@auki/canonical'
import { Wallet } from '@auki/domain'
import { resources } from '@auki/network/protocols'
import { untilAnswered } from '../answer.ts'
import { stay } from '../commands/join.ts'
import { discoveryUrlOf } from '../contexts.ts'
import type { Host } from '../host.ts'
import { Output } from '../output.ts'
import { enter, type Presence } from '../presence.ts'
import { Waiting } from '../waiting.ts'
import { listen } from './cast.ts'
import { watchFlow } from './flow.ts'

/** Stays until told to stop; always prints JSON. */
export async function lookOn(cluster: string, options: { readonly discovery?: string }, host: Host): Promise<void> {
  const out = new Output(host, { json: true })
  const init = {
    cluster,
    discoveryUrl: discoveryUrlOf(options, host),
    target: 'join',
    wallet: Wallet.generate(),
    name: 'console',
    listen
  } as const
  const presence = await enter(init, { out, waiting: new Waiting(host) }, host)
  void lookAtAll(presence, host)
  await stay(presence, host)
}

async function lookAtAll(presence: Presence, host: Host): Promise<void> {
  const look = async (peerId: string): Promise<void> => {
    await lookAt(presence, peerId, host.stop).catch((error: unknown) => {
      presence.out.tell({ event: 'look-failed', peerId, reason: reasonOf(error) }, [])
    })
  }
  for await (const event of presence.domain.events()) {
    if (event.type === 'snapshot') for (const { peerId } of event.peers.filter(({ isSelf }) => !isSelf)) void look(peerId)
    if (event.type === 'member-joined') void look(event.peerId)
  }
}

async function lookAt(presence: Presence, peerId: string, stop: AbortSignal): Promise<void> {
  const { domain, out } = presence
  const { resources: rows } = await untilAnswered((signal) => domain.catalogOf(peerId, {}, { signal }), stop)
  out.tell({ event: 'catalog', peerId, resources: rows.map(resources.encodeRow) }, [])
  for (const row of rows) if (row.variant === 'sensor_log') void watchFlow(presence, row, stop)
  const frame = rows.find((row) => row.variant === 'sensor_log')?.manifest.frame
  if (frame === undefined) return
  const { id, hash } = frame
  const entry = await untilAnswered((signal) => domain.clusterManager.fetchFrameEntry(frame, { signal }), stop)
  const actual = contentHash(new TextEncoder().encode(entry.canonicalJson))
  out.tell({ event: 'frame-fetched', peerId, id, hash, actual, canonicalJson: entry.canonicalJson }, [])
}
