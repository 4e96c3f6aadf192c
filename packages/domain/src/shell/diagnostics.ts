/** Diagnostic messages of other members that the app has not taken yet (`/auki/diagnostic/0.0.1`). */

import type { DiagnosticMessage } from '@auki/network'
import { inboxMax, inboxPerSenderMax } from './shell-settings.ts'

export interface InboundDiagnosticMessage {
  /** The authenticated sender. */
  readonly peerId: string
  readonly message: DiagnosticMessage
}

export class DiagnosticInbox {
  #messages: InboundDiagnosticMessage[] = []

  push(message: InboundDiagnosticMessage): void {
    const { peerId } = message
    const ofSender = this.#messages.filter((known) => known.peerId === peerId)
    if (ofSender.length === inboxPerSenderMax) this.#messages.splice(this.#messages.indexOf(ofSender[0]!), 1)
    else if (this.#messages.length === inboxMax) this.#messages.shift()
    this.#messages.push(message)
  }

  /** All of them, oldest first; they are gone from here afterwards. */
  drain(): InboundDiagnosticMessage[] {
    const messages = this.#messages
    this.#messages = []
    return messages
  }
}
