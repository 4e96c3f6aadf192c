/** What rows give as addresses and is none: counted each time, and said once, as a row is read again and again. */

import { visibleText } from '@auki/canonical'
import { badMultiaddrsSaidMax } from '../settings.ts'
import type { RuntimeLog } from '../swarm/log.ts'
import type { DiscoveryClusterEntry } from './row.ts'

export class BadMultiaddrs {
  readonly #log: RuntimeLog
  readonly #said = new Set<string>()
  #count = 0

  constructor(log: RuntimeLog) {
    this.#log = log
  }

  get count(): number {
    return this.#count
  }

  note({ name, badMultiaddrs = [] }: DiscoveryClusterEntry): void {
    this.#count += badMultiaddrs.length
    for (const text of badMultiaddrs) {
      if (this.#said.size === badMultiaddrsSaidMax || this.#said.has(text)) continue
      this.#said.add(text)
      const shown = visibleText(text, ' ')
      this.#log('warn', `the Discovery row "${name}" has an address that is none, left out here: "${shown}"; look at who wrote the row`)
    }
  }
}
