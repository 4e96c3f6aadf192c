/** What the processes of a soak say to the script that runs them. */

export interface SoakInit {
  /** `manager` only manages, `robot` offers the logs that the `viewer` reads, `rover` a pose, and later something more. */
  readonly role: 'manager' | 'robot' | 'rover' | 'viewer'
  /** 32 bytes in hex, for who comes back as the same peer; default: another identity each time. */
  readonly seed?: string
  readonly cluster: string
  readonly discoveryUrl: string
}

/** What one stream brought since the report before. */
export interface StreamReport {
  readonly resourceId: string
  readonly entries: number
  /** Entries whose age could be told: there was domain time. */
  readonly timed: number
  /** Entries that are not the one after the one before. */
  readonly missing: number
  readonly doubled: number
  readonly bytes: number
  /** From the stamp at the robot to the reader, in domain time, ms. */
  readonly latency: { readonly medianMs: number; readonly p99Ms: number; readonly maxMs: number }
  /** The stream is over; why. */
  readonly ended: string | undefined
}

export interface Memory {
  readonly rssMiB: number
  readonly heapMiB: number
  /** Payloads and frames live here. */
  readonly buffersMiB: number
}

export type FromSoak =
  | { readonly type: 'joined'; readonly peerId: string }
  /** The Manager that is followed, whenever it changes; `undefined` while there is none. */
  | { readonly type: 'manager'; readonly peerId: string | undefined; readonly atNs: bigint }
  /** After `collect`. */
  | {
      readonly type: 'report'
      readonly memory: Memory
      readonly streams: readonly StreamReport[]
      readonly appended: Readonly<Record<string, number>>
    }

/** `collect`: report. `read`: open all streams of the robot. `add`: register another log and append to it. */
export type ToSoak = 'read' | 'collect' | 'add'
