/**
 * How much may somebody ask before it says what it wants?
 *
 * libp2p answers every line of a negotiation, however many come, all that have arrived in one go: a piece of 64 KiB has 20,000 of them. Those who mean
 * it ask for one or two protocols.
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
  // It stays for as long as the stream does: others may have wrapped it, and a property that is deleted makes all the others slow.
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
