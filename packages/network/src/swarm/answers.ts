/**
 * How much may somebody ask before it says what it wants?
 *
 * libp2p answers every line of a negotiation, however many come, all that have arrived in one go: a piece of 64 KiB has 20,000 of them. Those who mean
 * it ask for one or two protocols.
 */

import { answersMax } from './node-limits.ts'

interface Answering {
  send(data: never): boolean
  readonly protocol?: string
}

/** Until {@link freeAnswers}, or until a substream has its protocol, one answer too many throws, which ends the negotiation. */
export function limitAnswers(stream: object): void {
  const answering = stream as Answering
  const { send } = answering
  let answers = 0
  answering.send = (data) => {
    if (answering.protocol === undefined || answering.protocol === '') {
      if (++answers > answersMax) throw new Error('it asks for too many protocols')
    } else freeAnswers(answering)
    return send.call(answering, data)
  }
}

/** The negotiation is over. */
export function freeAnswers(stream: object): void {
  if (Object.hasOwn(stream, 'send')) delete (stream as Partial<Answering>).send
}
