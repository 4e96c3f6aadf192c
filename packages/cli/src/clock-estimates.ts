import type { ClockTransformEstimate } from '@auki/domain'

/** Of the clock of a peer. After a restart a peer has two clocks; the one observed last is the present one. */
export function newestOf(peerId: string, estimates: readonly ClockTransformEstimate[]): ClockTransformEstimate | undefined {
  return estimates
    .filter(({ toClockId }) => toClockId.startsWith(`${peerId}/`))
    .reduce<ClockTransformEstimate | undefined>(
      (newest, next) => (newest !== undefined && newest.ageNs <= next.ageNs ? newest : next),
      undefined
    )
}
