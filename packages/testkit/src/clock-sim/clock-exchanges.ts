/** Two peers, their heartbeats, and the readings they take: what the local one learns of the remote clock, and when. */
import { Random } from '../sim/random.ts'
import { msNs, type PathPlan, type Plan, type RowsPlan, secondNs } from './clock-plan.ts'
import { SimClock } from './simulated-clock.ts'

/** Four readings of an exchange, begun at one true time and known from another on. */
export interface Exchange {
  readonly begunAt: number
  readonly knownAt: number
  readonly localSend: bigint
  readonly remoteReceive: bigint
  readonly remoteSend: bigint
  readonly localReceive: bigint
}

/** One direction of a connection: nothing overtakes, and a sleeping receiver reads when it wakes. */
class Direction {
  readonly #plan: PathPlan
  readonly #receiver: SimClock
  readonly #random: Random
  readonly #congestedFrom: number
  #last = 0

  constructor(plan: PathPlan, receiver: SimClock, random: Random) {
    this.#plan = plan
    this.#receiver = receiver
    this.#random = random
    this.#congestedFrom = random.between(0, plan.burst?.every ?? 0)
  }

  /** When a message that is sent now is read. */
  arrival(sentAt: number): number {
    const { queue, detour, spikes = 0.01 } = this.#plan
    const shortest = this.#plan.shortest + (detour !== undefined && sentAt >= detour.at ? detour.by : 0)
    const spike = this.#random.chance(spikes) ? this.#random.between(20, 220) * msNs : 0
    const delay = shortest - queue * Math.log(1 - this.#random.next()) + spike + this.#congestion(sentAt)
    this.#last = this.#receiver.awakeAt(Math.max(this.#last + this.#random.between(1_000, 20_000), sentAt + delay))
    return this.#last
  }

  // A queue that fills and empties.
  #congestion(at: number): number {
    if (this.#plan.burst === undefined) return 0
    const { every, lasts, height } = this.#plan.burst
    const into = (at + every - this.#congestedFrom) % every
    return into > lasts ? 0 : height * (1 - Math.abs((2 * into) / lasts - 1)) * this.#random.between(0.8, 1)
  }
}

/** All exchanges of a run, in the order in which they become known. */
export function exchangesOf(plan: Plan): Exchange[] {
  const random = new Random(plan.seed, 2)
  const [local, remote] = [new SimClock(plan.local), new SimClock(plan.remote)]
  const there = new Direction(plan.there, remote, new Random(plan.seed, 3))
  const back = new Direction(plan.back, local, new Random(plan.seed, 4))
  const isLost = (at: number) => random.chance(plan.loss) || plan.outages.some(({ from, to }) => at >= from && at < to)
  const exchanges: Exchange[] = []
  const answered = (sentAt: number, receivedAt: number, answeredAt: number): number => {
    const knownAt = back.arrival(answeredAt)
    exchanges.push({
      begunAt: sentAt,
      knownAt,
      localSend: local.read(sentAt),
      remoteReceive: remote.read(receivedAt),
      remoteSend: remote.read(answeredAt),
      localReceive: local.read(knownAt)
    })
    return knownAt
  }

  let at = random.between(0, 500) * msNs
  for (let n = 0; n < plan.quickExchanges; n++) {
    const receivedAt = there.arrival(at)
    at = answered(at, receivedAt, receivedAt)
  }

  const received = beats(random, local, at, plan.lastsNs)
    .filter((sentAt) => !isLost(sentAt))
    .map((sentAt) => ({ sentAt, receivedAt: there.arrival(sentAt) }))
  let next = 0
  for (const answeredAt of beats(random, remote, at, plan.lastsNs)) {
    const first = next
    while (next < received.length && received[next]!.receivedAt <= answeredAt) next++
    const newest = received[next - 1]
    if (next > first && newest !== undefined && !isLost(answeredAt)) answered(newest.sentAt, newest.receivedAt, answeredAt)
  }
  if (plan.rows === undefined) return exchanges
  return [...exchanges, ...rowsOf(plan, plan.rows, local, remote)].sort((a, b) => a.knownAt - b.knownAt)
}

/** Of each row the exchange that was fastest out and the one that was fastest back. A row that takes too long ends early, but not before the first answer. */
function rowsOf(plan: Plan, { every, rounds, there, back }: RowsPlan, local: SimClock, remote: SimClock): Exchange[] {
  const [out, home] = [new Direction(there, remote, new Random(plan.seed, 6)), new Direction(back, local, new Random(plan.seed, 7))]
  const sharpest: Exchange[] = []
  for (let beginAt = every / 7; beginAt < plan.lastsNs; beginAt += every) {
    const row: Exchange[] = []
    const endsAt = beginAt + rounds * questionNs
    for (let round = 0, at = beginAt; round < rounds && (round === 0 || at < endsAt); round++) {
      const receivedAt = out.arrival(at)
      const answeredAt = receivedAt + answerTakesNs
      const knownAt = home.arrival(answeredAt)
      const [localSend, remoteReceive, remoteSend] = [local.read(at), remote.read(receivedAt), remote.read(answeredAt)]
      row.push({ begunAt: at, knownAt, localSend, remoteReceive, remoteSend, localReceive: local.read(knownAt) })
      at = knownAt + answerTakesNs
    }
    const fastestOut = row.reduce((best, one) => (one.remoteReceive - one.localSend < best.remoteReceive - best.localSend ? one : best))
    const fastestBack = row.reduce((best, one) => (one.localReceive - one.remoteSend < best.localReceive - best.remoteSend ? one : best))
    sharpest.push(...row.filter((one) => one === fastestOut || one === fastestBack))
  }
  return sharpest
}

const answerTakesNs = 5_000
/** What a row takes at most for each of its questions, as over the wire. */
const questionNs = 60 * msNs

/** Twice a second by a clock that may sleep, and never quite on time. */
function beats(random: Random, clock: SimClock, from: number, to: number): number[] {
  const beats: number[] = []
  let at = from + random.between(0, 500) * msNs
  while (at < to) {
    at = clock.awakeAt(at)
    beats.push(at)
    at += 0.5 * secondNs + random.between(0, 2) * msNs
  }
  return beats
}
