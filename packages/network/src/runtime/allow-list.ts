import type { AllowListChange, PeerAddresses } from './peer-runtime.ts'

/** What an update has changed. */
export interface AllowListDiff extends AllowListChange {
  /** Members that stay, and have other addresses now. */
  readonly moved: readonly string[]
}

/**
 * The members: peers that may open substreams, and that are dialled.
 *
 * Always replaced as a whole, so that it can't differ from the membership document that it was made from.
 */
export class AllowList {
  #members = new Map<string, readonly string[]>()
  #managers = new Set<string>()
  #fellows = new Set<string>()

  has(peerId: string): boolean {
    return this.#members.has(peerId)
  }

  get size(): number {
    return this.#members.size
  }

  peers(): string[] {
    return [...this.#members.keys()]
  }

  /** Multiaddrs of a member; none for a peer that is no member. */
  addresses(peerId: string): readonly string[] {
    return this.#members.get(peerId) ?? []
  }

  /** Whether the Discovery row names it as Manager. */
  isManager(peerId: string): boolean {
    return this.#managers.has(peerId)
  }

  /** Whether it is a follower as we are, so that one of us dials, and at leisure. */
  isFellow(peerId: string): boolean {
    return this.#fellows.has(peerId)
  }

  /** Full replacement; a peer named twice has the addresses of both. */
  replace(members: readonly PeerAddresses[]): AllowListDiff {
    const before = this.#members
    const after = new Map<string, readonly string[]>()
    for (const { peerId, multiaddrs } of members) after.set(peerId, [...new Set([...(after.get(peerId) ?? []), ...multiaddrs])])
    this.#members = after
    this.#managers = new Set(members.flatMap(({ peerId, manager }) => (manager === true ? [peerId] : [])))
    this.#fellows = new Set(members.flatMap(({ peerId, fellow }) => (fellow === true ? [peerId] : [])))
    return {
      added: [...after.keys()].filter((peerId) => !before.has(peerId)),
      removed: [...before.keys()].filter((peerId) => !after.has(peerId)),
      moved: [...after.keys()].filter((peerId) => before.has(peerId) && !sameAddresses(before.get(peerId)!, after.get(peerId)!))
    }
  }
}

/** In whatever order. */
export function sameAddresses(a: readonly string[], b: readonly string[]): boolean {
  const known = new Set(a)
  return a.length === b.length && b.every((address) => known.has(address))
}
