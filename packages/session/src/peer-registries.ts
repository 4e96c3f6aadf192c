import { decodeEntry, type Entry, encodeEntry, type RegistryEntries, type RegistryKind, type RegistryRef, sameRef } from '@auki/registry'

/** The kinds of entry a peer registers itself; clocks belong to its sessions. */
export type PeerRegistryKind = Exclude<RegistryKind, 'clock'>

interface Registered {
  readonly ref: RegistryRef
  readonly text: string
}

/** A live view of what a peer has registered since it was made. */
export interface PeerRegistries {
  /** A copy of the entry that was last registered under an id. */
  sensor(id: string): Entry<'sensor'> | undefined
  /** As {@link sensor}. */
  frame(id: string): Entry<'frame'> | undefined
  /** As {@link sensor}. */
  detector(id: string): Entry<'detector'> | undefined
  /** One reference per id, to what was last registered under it. */
  list(kind: PeerRegistryKind): RegistryRef[]
  /** A copy of exactly the version a reference names, also when another was registered under that id since. */
  version<K extends PeerRegistryKind>(kind: K, ref: RegistryRef): Entry<K> | undefined
}

/** All versions of every entry, by id, the one registered last at the end: logs may still refer to the others. */
export class RegisteredEntries implements PeerRegistries {
  readonly #entries: Readonly<Record<PeerRegistryKind, Map<string, Registered[]>>> = {
    sensor: new Map(),
    frame: new Map(),
    detector: new Map()
  }

  remember<K extends PeerRegistryKind>(kind: K, ref: RegistryRef, entry: RegistryEntries[K]): void {
    const others = (this.#entries[kind].get(ref.id) ?? []).filter((version) => version.ref.hash !== ref.hash)
    this.#entries[kind].set(ref.id, [...others, { ref, text: encodeEntry(kind, entry) }])
  }

  sensor(id: string): Entry<'sensor'> | undefined {
    return this.#latest('sensor', id)
  }

  /** As {@link sensor}. */
  frame(id: string): Entry<'frame'> | undefined {
    return this.#latest('frame', id)
  }

  /** As {@link sensor}. */
  detector(id: string): Entry<'detector'> | undefined {
    return this.#latest('detector', id)
  }

  list(kind: PeerRegistryKind): RegistryRef[] {
    return [...this.#entries[kind].values()].map((versions) => versions.at(-1)!.ref)
  }

  version<K extends PeerRegistryKind>(kind: K, ref: RegistryRef): Entry<K> | undefined {
    const found = this.#entries[kind].get(ref.id)?.find((version) => sameRef(version.ref, ref))
    return found && decodeEntry(kind, found.text)
  }

  #latest<K extends PeerRegistryKind>(kind: K, id: string): Entry<K> | undefined {
    const latest = this.#entries[kind].get(id)?.at(-1)
    return latest && decodeEntry(kind, latest.text)
  }
}
