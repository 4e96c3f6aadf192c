/**
 * Looking at a row each second, in place of a watch that brings nothing.
 *
 * A proxy in between may hold an event stream back until it ends. The connection is open and silent then, and what comes out of it is of the past. Requests
 * for the row itself get through, so they show how it stands, as snapshots do, until a watch works.
 */

import { type Clock, visibleText } from '@auki/canonical'
import { pause } from '../exchange/pause.ts'
import { watchPollMaxMs, watchPollMs, watchSnapshotMs } from '../settings.ts'
import type { RuntimeLog } from '../swarm/log.ts'
import type { DiscoveryClusterEntry } from './row.ts'
import type { ReadResult } from './types.ts'
import type { DiscoveryWatch } from './watch.ts'

export interface WatchPollsNeeds {
  readonly url: () => URL
  readonly timers: Clock
  readonly read: (signal: AbortSignal) => Promise<ReadResult>
  readonly log: RuntimeLog
}

export class WatchPolls {
  readonly #needs: WatchPollsNeeds
  readonly #watch: DiscoveryWatch
  #round: AbortController | undefined
  #up = false
  #warned = false

  constructor(needs: WatchPollsNeeds, watch: DiscoveryWatch) {
    this.#needs = needs
    this.#watch = watch
  }

  /** A watch is being opened: unless `end` is called first, looking begins once it should have brought its snapshot. */
  begin(): void {
    if (this.#round !== undefined) return
    this.#round = new AbortController()
    void this.#run(AbortSignal.any([this.#round.signal, this.#watch.signal]))
  }

  /** A watch works, or there can be none. */
  end(): void {
    this.#round?.abort()
    this.#round = undefined
    this.#setDown()
  }

  async #run(signal: AbortSignal): Promise<void> {
    let shown: string | undefined
    let pauseMs = watchPollMs
    for (let waitMs = watchSnapshotMs; await this.#slept(waitMs, signal); waitMs = pauseMs) {
      const seen = await this.#needs.read(signal).catch(() => undefined) // trouble, or aborted
      if (signal.aborted) return
      pauseMs = seen === undefined ? Math.min(2 * pauseMs, watchPollMaxMs) : watchPollMs
      if (seen === undefined) this.#setDown()
      else if (!this.#up || shown !== sightOf(seen)) {
        shown = sightOf(seen)
        this.#show(seen.kind === 'row' ? seen.row : undefined)
      }
    }
  }

  #slept(ms: number, signal: AbortSignal): Promise<boolean> {
    return pause(this.#needs.timers, ms, signal).then(
      () => true,
      () => false
    )
  }

  #show(row: DiscoveryClusterEntry | undefined): void {
    this.#warn()
    if (!this.#up) this.#watch.onUp()
    this.#up = true
    this.#watch.onEvent({ type: 'snapshot', row })
  }

  #setDown(): void {
    if (this.#up) this.#watch.onDown()
    this.#up = false
  }

  #warn(): void {
    if (this.#warned) return
    this.#warned = true
    this.#needs.log(
      'warn',
      `the event stream ${visibleText(String(this.#needs.url()), ' ')} brought nothing within ${watchSnapshotMs / 1_000} s, while Discovery answers: looking at the row each second instead. A proxy in between may buffer streams; let text/event-stream through as it comes`
    )
  }
}

/** What changes where something happened to the row; its stamps and its count of peers do all the time. */
function sightOf(seen: ReadResult): string {
  if (seen.kind === 'absent') return ''
  const { managerPeerId, revision, instance, managerMultiaddrs, relayMultiaddrs } = seen.row
  return JSON.stringify([managerPeerId, revision, instance, managerMultiaddrs, relayMultiaddrs])
}
