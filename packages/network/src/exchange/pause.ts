import { type AbortSignalLike, abortable, type Timer } from '@auki/canonical'

/** Resolves after `durationMs`, or rejects with `signal.reason`; no timer stays behind. */
export function pause(timer: Timer, durationMs: number, signal: AbortSignalLike): Promise<void> {
  let cancel = () => {}
  const over = new Promise<void>((resolve) => {
    cancel = timer.after(durationMs, resolve)
  })
  return abortable(over, signal).finally(() => cancel())
}
