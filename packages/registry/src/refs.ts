/** Names one registry entry: who wrote it, its id, and the content hash that is its version. */
export interface RegistryRef {
  readonly peerId: string
  readonly id: string
  /** XXH3-128 of the entry's canonical bytes, 32 lower-case hex digits. */
  readonly hash: string
}

export type RegistryKind = 'sensor' | 'clock' | 'frame' | 'detector'
export type SensorKind = 'camera' | 'rangefinder' | 'rf' | 'audio' | 'joint_encoders'
