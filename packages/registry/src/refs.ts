/** Names one registry entry: who wrote it, its id, and the content hash that is its version. */
export interface RegistryRef {
  /** base58 text of the id of the peer that wrote the entry. */
  readonly peerId: string
  /** Unique within that peer and the kind of entry. */
  readonly id: string
  /** XXH3-128 of the entry's canonical bytes, 32 lower-case hex digits. */
  readonly hash: string
}

/** The closed set of kinds of entry. */
export type RegistryKind = 'sensor' | 'clock' | 'frame' | 'detector'
/** The closed set of kinds of sensor. */
export type SensorKind = 'camera' | 'rangefinder' | 'rf' | 'audio' | 'joint_encoders'

declare const kind: unique symbol

/** A reference that remembers the sensor's kind, in the type only; a plain {@link RegistryRef} fits wherever one is asked for. */
export interface SensorRef<K extends SensorKind = SensorKind> extends RegistryRef {
  readonly [kind]?: K
}

/** Whether two references name the same version of the same entry. */
export function sameRef(a: RegistryRef, b: RegistryRef): boolean {
  return a.peerId === b.peerId && a.id === b.id && a.hash === b.hash
}
