import type { AbortOptions } from '@auki/canonical'

/** The last argument of every async call to peers. An abort rejects with `signal.reason`; default: nothing aborts it. */
export interface CallOptions extends AbortOptions {
  readonly signal?: AbortSignal | undefined
}
