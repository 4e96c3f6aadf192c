/**
 * Rate limit for membership documents of members that we don't believe to be Manager.
 *
 * The sender may be the next Manager before we have read so in Discovery, so its documents can't be ignored. But judging a document of a full cluster takes
 * milliseconds, and any member can send them endlessly. So one document per sender is taken per interval; later ones wait, each replacing the one before.
 */
import type { Timer } from '@auki/canonical'
import { documentSpacingMs, documentsHeldMax } from '../core/index.ts'
import type { Log } from '../log.ts'

interface Sender<T> {
  /** The newest document that came within the interval. */
  held: T | undefined
}

export interface PacedDocumentsInit<T> {
  readonly clock: Timer
  /** Whether the peer is the Manager we follow, or the newest row names it: it is heard at once. */
  readonly isBelieved: (peerId: string) => boolean
  readonly deliver: (document: T) => void
  readonly log: Log
}

export class PacedDocuments<T> {
  readonly #init: PacedDocumentsInit<T>
  /** Senders of which a document was taken within the last interval. */
  readonly #senders = new Map<string, Sender<T>>()

  constructor(init: PacedDocumentsInit<T>) {
    this.#init = init
  }

  take(peerId: string, document: T): void {
    const sender = this.#senders.get(peerId)
    if (this.#init.isBelieved(peerId)) {
      if (sender !== undefined) sender.held = undefined
      this.#init.deliver(document)
    } else if (sender === undefined) {
      this.#hear(peerId, document)
    } else if (sender.held !== undefined || this.#held < documentsHeldMax) {
      sender.held = document
    } else {
      this.#init.log('debug', `dropped a membership document of ${peerId}: ${documentsHeldMax} others wait already`, { peerId })
    }
  }

  #hear(peerId: string, document: T): void {
    const sender: Sender<T> = { held: undefined }
    this.#senders.set(peerId, sender)
    this.#init.clock.after(documentSpacingMs, () => {
      this.#senders.delete(peerId)
      if (sender.held !== undefined) this.#hear(peerId, sender.held)
    })
    this.#init.deliver(document)
  }

  get #held(): number {
    return [...this.#senders.values()].filter(({ held }) => held !== undefined).length
  }
}
