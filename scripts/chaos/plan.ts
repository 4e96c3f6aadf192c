/** What goes wrong when: drawn from a seed, so that a run can be tried again. Whom `manager` means is found out when the time has come. */
import type { Random } from '../../packages/testkit/src/sim/random.ts'
import type { Place } from './network.ts'

/** A peer by its place, or whoever is Manager then. */
export type Victim = Place | 'manager'

export type Fault = { readonly atMs: number; readonly forMs: number } & (
  | { readonly what: 'kill'; readonly victim: Victim; readonly comesBackAs: 'itself' | 'another' }
  /** SIGSTOP, and SIGCONT when the time is over. */
  | { readonly what: 'freeze'; readonly victim: Victim }
  /** Leaves gracefully. */
  | { readonly what: 'leave'; readonly victim: Victim }
  /** What the ones send no longer reaches the others; `oneWay`: what the others send still arrives. */
  | { readonly what: 'cut'; readonly ones: readonly Place[]; readonly others: readonly Place[]; readonly oneWay: boolean }
  /** Killed; it comes back without rows. */
  | { readonly what: 'kill-discovery' }
  | { readonly what: 'freeze-discovery' }
)

/** What happens to a fault before it has a time. */
type Kind = Fault['what']

/** How long a Manager is stopped for in every round: long enough that another one reigns for a while. */
export const longFreezeMs = 10_000
/** The shortest round in which that fits. */
export const roundMsMin = longFreezeMs + 2_000

const weights: readonly [Kind, number][] = [
  ['kill', 5],
  ['freeze', 5],
  ['cut', 6],
  ['leave', 2],
  ['kill-discovery', 1],
  ['freeze-discovery', 1]
]

export function placesOf(peers: number): Place[] {
  return Array.from({ length: peers }, (_, at) => `p${at + 1}`)
}

/** The faults of one round, in order of time; all are over by its end. */
export function planRound(random: Random, peers: number, roundMs: number): Fault[] {
  const places = placesOf(peers)
  const freezeAtMs = random.between(300, roundMs - longFreezeMs - 500)
  const faults: Fault[] = [{ what: 'freeze', victim: 'manager', atMs: freezeAtMs, forMs: longFreezeMs }]
  const busyUntilMs = new Map<string, number>()
  for (let atMs = random.between(200, 2_000); atMs < roundMs - 1_500; atMs += random.between(400, 2_600)) {
    const busy = [...busyUntilMs].filter(([, untilMs]) => untilMs > atMs).map(([place]) => place)
    const fault = drawFault(random, places, busy, { atMs, forMs: Math.min(drawLengthMs(random), roundMs - atMs) })
    if (fault === undefined) continue
    faults.push(fault)
    if ('victim' in fault) busyUntilMs.set(fault.victim, atMs + fault.forMs)
  }
  return faults.toSorted((a, b) => a.atMs - b.atMs)
}

/** Mostly short; one in six long enough for anything. */
const drawLengthMs = (random: Random): number => (random.chance(1 / 6) ? longFreezeMs : random.between(300, 5_000))

function drawFault(
  random: Random,
  places: readonly Place[],
  busy: readonly string[],
  when: { readonly atMs: number; readonly forMs: number }
): Fault | undefined {
  const what = drawKind(random)
  switch (what) {
    case 'kill-discovery':
    case 'freeze-discovery':
      return { what, ...when }
    case 'cut':
      return { what, ...when, ...drawSides(random, places), oneWay: random.chance(0.4) }
    default: {
      const free = places.filter((place) => !busy.includes(place))
      // Somebody must be left who can take over.
      if (busy.length >= (places.length - 1) / 2 || free.length === 0) return undefined
      const victim = random.chance(0.35) && !busy.includes('manager') ? 'manager' : random.pick(free)
      if (what !== 'kill') return { what, ...when, victim }
      return { what, ...when, victim, comesBackAs: random.chance(0.6) ? 'itself' : 'another' }
    }
  }
}

function drawKind(random: Random): Kind {
  let left = random.below(weights.reduce((sum, [, weight]) => sum + weight, 0))
  for (const [kind, weight] of weights) {
    left -= weight
    if (left < 0) return kind
  }
  return 'cut'
}

/** One from all, some from the others, or some from Discovery. */
function drawSides(random: Random, places: readonly Place[]): { readonly ones: readonly Place[]; readonly others: readonly Place[] } {
  const shuffled = random.shuffled(places)
  const count = 1 + random.below(Math.max(1, places.length - 1))
  const [ones, rest] = [shuffled.slice(0, count), shuffled.slice(count)]
  switch (random.below(3)) {
    case 0:
      return { ones, others: ['discovery'] }
    case 1:
      return { ones, others: rest }
    default:
      return { ones, others: [...rest, 'discovery'] }
  }
}
