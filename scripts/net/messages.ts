/** What the peers of a lab and the script that runs them say to each other. Times are ms on the machine's one monotonic clock, as {@link nowMs} tells them. */
import type { ClusterEvent, DomainConfig } from '@auki/domain'

export type Offered = 'camera' | 'lidar' | 'pose'

export interface PeerInit {
  readonly cluster: string
  readonly discoveryUrl: string
  readonly name: string
  /** Which logs it has. */
  readonly offers: readonly Offered[]
  /** Of the camera. */
  readonly frameBytes: number
  readonly cameraHz: number
  /** What differs from the defaults. */
  readonly config: Partial<DomainConfig>
}

/** `ready`: answered once it runs. `read`: from now on, every log of every other member. `fresh`: since when there was news of each, counting entries stamped at `stampedMs` or later. */
export type ToPeer =
  | { readonly call: 'ready' | 'join' | 'read' | 'look' | 'streams' | 'clock' | 'leave' }
  | { readonly call: 'fresh'; readonly stampedMs: number }

export interface Member {
  readonly peerId: string
  readonly name: string | undefined
  readonly indirect: boolean
  readonly multiaddrs: readonly string[]
}

export interface View {
  readonly peerId: string
  readonly role: string
  readonly managerPeerId: string | undefined
  readonly members: readonly Member[]
  /** Of ourselves, as told to others. */
  readonly addresses: readonly string[]
}

/** What came of one log of one member. */
export interface Stream {
  /** Peer id. */
  readonly from: string
  readonly what: Offered
  /** When each entry came, and how old it was then; ms. */
  readonly atMs: readonly number[]
  readonly agesMs: readonly number[]
  /** How often the connection below it was lost and found again, or it had to be opened anew. */
  readonly cuts: number
}

/** The first entry stamped at a given moment or later. */
export interface Fresh {
  /** Peer id. */
  readonly from: string
  /** Undefined: none came yet. */
  readonly atMs: number | undefined
}

/** What a peer's session clock shows, and what it knows of others'. A zero is where a clock is 0, on the machine's monotonic clock; ns. */
export interface ClockReading {
  readonly clockId: string
  readonly zeroNs: bigint
  readonly others: readonly EstimatedClock[]
}

export interface EstimatedClock {
  readonly clockId: string
  readonly zeroNs: bigint
  readonly uncertaintyNs: bigint
  readonly ageNs: bigint
}

export type Told =
  | { readonly told: 'event'; readonly atMs: number; readonly event: ClusterEvent }
  | { readonly told: 'warning'; readonly atMs: number; readonly text: string }
  | { readonly told: 'over'; readonly atMs: number; readonly code: string | undefined }

export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6
