/** A log that is made of what others recorded. */
import type { SensorBody, SensorKind } from '@auki/registry'
import { utcFromNs } from '../settings.ts'

/** Without its frame, whose name stands beside it. */
export type ForeignSensor = { [K in SensorKind]: Omit<SensorBody<K>, 'frame'> }[SensorKind]

export type ForeignLog =
  | { readonly variant: 'sensor'; readonly id: string; readonly frame: string; readonly body: ForeignSensor; readonly clock: ForeignClock }
  | { readonly variant: 'pose'; readonly from: string; readonly to: string; readonly clock: ForeignClock }

/** The clock of a recording's log times: UTC where they look like it. */
export type ForeignClock = 'monotonic_clock' | 'utc_clock'

export const foreignClock = (logTimeNs: bigint): ForeignClock => (logTimeNs >= utcFromNs ? 'utc_clock' : 'monotonic_clock')
