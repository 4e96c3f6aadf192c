/**
 * A limit on the answers of one protocol negotiation.
 *
 * libp2p answers every line of a negotiation, however many there are, and handles all that have arrived at once: 64 KiB hold 20,000 lines. An honest
 * peer asks for one or two protocols. So the `send` of a connection or substream, which writes one answer per call, is counted until the negotiation is over.
 *
 * Seen in libp2p 3.3.11; canary: canaries.test.ts, and what a flood of lines leads to: pacing.test.ts.
 */
import { answersMax } from '../node-limits.ts'

type Send = (data: never) => boolean

interface Answering {
  send: Send
  readonly protocol?: string
}

const limited = new WeakMap<object, { free: boolean }>()

/** Until {@link freeAnswers}, or until a substream has its protocol, one answer too many throws, which ends the negotiation. */
export function limitAnswers(stream: object): void {
  const answering = stream as Answering
  const { send } = answering
  const limit = { free: false }
  let answers = 0
  // Never taken off again: others may have wrapped it since, and deleting a property makes access to all the others slow.
  answering.send = (data) => {
    limit.free ||= hasProtocol(answering)
    if (!limit.free && ++answers > answersMax) throw new Error('it asks for too many protocols')
    return send.call(answering, data)
  }
  limited.set(stream, limit)
}

const hasProtocol = ({ protocol }: Answering): boolean => protocol !== undefined && protocol !== ''

/** The negotiation is over. */
export function freeAnswers(stream: object): void {
  const limit = limited.get(stream)
  if (limit !== undefined) limit.free = true
}
