/**
 * How much may somebody ask before it says what it wants?
 *
 * libp2p answers every line of a negotiation, however many come, all that have arrived in one go: a piece of 64 KiB has 20,000 of them. Those who mean
 * it ask for one or two protocols.
 */
import { answersMax } from './node-limits.ts'

type Send = (data: never) => boolean

interface Answering {
  send: Send
  readonly protocol?: string
}

/** What was there before; it is put back and never deleted, since that would make every access to the stream slow. */
const unlimited = new WeakMap<object, Send>()

/** Until {@link freeAnswers}, or until a substream has its protocol, one answer too many throws, which ends the negotiation. */
export function limitAnswers(stream: object): void {
  const answering = stream as Answering
  const { send } = answering
  unlimited.set(stream, send)
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
  const send = unlimited.get(stream)
  if (send === undefined) return
  unlimited.delete(stream)
  ;(stream as Answering).send = send
}
