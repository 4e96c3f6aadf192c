import { type ClusterManager, ConvertTimeError, DomainTimeNowError, type StreamSubscription } from '@auki/domain'

/** How long an entry was on its way, ns; or why that is not known. */
export type Latency = { readonly latencyNs: bigint } | { readonly reason: string }

/**
 * From the instant an entry is stamped with to now, both in domain time: a true one-way latency, whatever the two machines' wall clocks show.
 *
 * There is none before domain time is known, nor for a log on a clock without samples; `reason` is the code of the error that says so.
 */
export function latencyOf(
  manager: Pick<ClusterManager, 'domainTimeNow'>,
  subscription: Pick<StreamSubscription, 'toDomainTime'>,
  entry: { readonly timestampNs: bigint }
): Latency {
  try {
    return { latencyNs: manager.domainTimeNow() - subscription.toDomainTime(entry).timeNs }
  } catch (error) {
    return { reason: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ConvertTimeError) return error.code
  if (!(error instanceof DomainTimeNowError)) throw error
  return error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : error.code
}
