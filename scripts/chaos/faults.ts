/** Makes a planned fault happen, and undoes it when its time is over. */
import type { Cluster } from './cluster.ts'
import type { Place } from './network.ts'
import type { PeerLife } from './peer-life.ts'
import type { Fault } from './plan.ts'

/** A fault that happened. */
export interface Happening {
  /** For people. */
  readonly text: string
  /** Undoes it. */
  undo(): Promise<void> | void
}

/** Undefined where there is nobody for it to happen to. */
export function happen(cluster: Cluster, fault: Fault): Happening | undefined {
  switch (fault.what) {
    case 'cut':
      return cut(cluster, fault)
    case 'kill-discovery':
      return killDiscovery(cluster)
    case 'freeze-discovery':
      return freezeDiscovery(cluster)
    default: {
      const life = fault.victim === 'manager' ? cluster.manager : cluster.life(fault.victim)
      return life?.isUnharmed ? strike(cluster, fault, life) : undefined
    }
  }
}

function strike(cluster: Cluster, fault: Extract<Fault, { victim: unknown }>, life: PeerLife): Happening {
  const whom = `${life.who}${life.view?.role === 'manager' ? ' (Manager)' : ''}`
  switch (fault.what) {
    case 'freeze':
      life.freeze()
      return { text: `freeze ${whom}`, undo: () => life.thaw() }
    case 'kill': {
      const killed = life.kill()
      const undo = async (): Promise<void> => {
        await killed
        await cluster.startPeer(life.place, fault.comesBackAs)
      }
      return { text: `kill ${whom}, to come back as ${fault.comesBackAs}`, undo }
    }
    case 'leave': {
      life.leave()
      const undo = async (): Promise<void> => {
        await life.kill()
        await cluster.startPeer(life.place)
      }
      return { text: `${whom} leaves`, undo }
    }
  }
}

function cut({ network, note }: Cluster, { ones, others, oneWay }: Extract<Fault, { what: 'cut' }>): Happening {
  const pairs = ones.flatMap((one) =>
    others.flatMap((other): [Place, Place][] =>
      oneWay
        ? [[one, other]]
        : [
            [one, other],
            [other, one]
          ]
    )
  )
  const fromNs = process.hrtime.bigint()
  for (const [from, to] of pairs) network.cut(from, to)
  const undo = (): void => {
    for (const [from, to] of pairs) {
      network.mend(from, to)
      note({ kind: 'cut', from, to, fromNs, toNs: process.hrtime.bigint() })
    }
  }
  return { text: `cut ${ones.join(' ')} ${oneWay ? '→' : '↔'} ${others.join(' ')}`, undo }
}

function killDiscovery(cluster: Cluster): Happening | undefined {
  if (!cluster.hasDiscovery) return undefined
  const killed = cluster.killDiscovery()
  const undo = async (): Promise<void> => {
    await killed
    await cluster.startDiscovery()
  }
  return { text: 'kill Discovery, to come back without rows', undo }
}

function freezeDiscovery(cluster: Cluster): Happening | undefined {
  if (!cluster.hasDiscovery) return undefined
  cluster.freezeDiscovery()
  return { text: 'freeze Discovery', undo: () => cluster.thawDiscovery() }
}
