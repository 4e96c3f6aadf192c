/** Named situations, one at a time, in which an estimator is held against the lowest-uncertainty pick of the same samples. */
import { Random } from '../sim/random.ts'
import { type ClockPlan, msNs, type PathPlan, type Plan, secondNs } from './clock-plan.ts'

const microNs = 1e3
const ppm = 1e-6

type Draw = (random: Random) => Partial<Omit<Plan, 'local' | 'remote'>> & {
  readonly local?: Partial<ClockPlan>
  readonly remote?: Partial<ClockPlan>
}

const path = (shortest: number, queue: number, more: Partial<PathPlan> = {}): PathPlan => ({ shortest, queue, spikes: 0, ...more })
const machine = path(300 * microNs, 50 * microNs)
const lan = path(150 * microNs, 100 * microNs, { spikes: 0.01 })
const wifi = path(msNs, 6 * msNs, { spikes: 0.01 })

/** Half around the world, or by satellite, over radio: as far there as back, with some jitter. */
const far = (roundTripMs: number) => path((roundTripMs / 2) * msNs, 4 * msNs, { spikes: 0.01 })
/** Such a path between clocks that are as different as crystals get. `every`: how often a row comes; `beats`: as between a Manager and a member. */
const farPair =
  (roundTripMs: number, every: number, beats: 'beats' | 'rows only'): Draw =>
  (random) => ({
    ...both(far(roundTripMs)),
    ...rows(every, far(roundTripMs), far(roundTripMs)),
    remote: { rate: random.between(-100, 100) * ppm },
    lastsNs: 300 * secondNs,
    loss: beats === 'beats' ? 0.02 : 1
  })

const both = (one: PathPlan) => ({ there: one, back: one })
const rows = (every: number, out: PathPlan, home: PathPlan) => ({ rows: { every, rounds: 64, there: out, back: home } })
const remote = (clock: Partial<ClockPlan>, more: object = {}) => ({ ...both(lan), remote: clock, ...more })
const coarse =
  (stepNs: number, side: 'local' | 'remote' = 'remote'): Draw =>
  (random) => {
    const clock = { stepNs, tickAtNs: random.between(0, stepNs), rate: random.between(-30, 30) * ppm }
    return { ...both(lan), [side]: clock }
  }
const coarseBoth =
  (localNs: number, remoteNs: number): Draw =>
  (random) => ({
    ...both(lan),
    local: { stepNs: localNs },
    remote: { stepNs: remoteNs, rate: 20 * ppm, tickAtNs: random.between(0, remoteNs) }
  })

/** Rates that jump by 240 ppm and back, every 20 to 50 s. */
const jumps: Draw = (random) => {
  const nudges = []
  let by = 240 * ppm
  for (let at = random.between(20, 50) * secondNs; at < 200 * secondNs; at += random.between(20, 50) * secondNs, by = 240 * ppm - by) {
    nudges.push({ at, by })
  }
  return remote({ rate: -120 * ppm, nudges })
}

const draws: Record<string, Draw> = {
  'idle machine, rows': () => ({ ...both(machine), ...rows(2 * secondNs, path(22_000, 4_000), path(24_000, 4_000)) }),
  'idle machine, beats': () => both(machine),
  'busy machine, rows': () => ({
    ...both(path(300 * microNs, 500 * microNs, { spikes: 0.02 })),
    ...rows(4 * secondNs, path(20_000, 60_000), path(25_000, 60_000))
  }),
  LAN: () => ({ ...both(lan), remote: { rate: 15 * ppm } }),
  'LAN, rows': () => ({ ...both(lan), remote: { rate: -8 * ppm }, ...rows(8 * secondNs, path(100_000, 20_000), path(100_000, 20_000)) }),
  'Wi-Fi': () => ({ ...both(wifi), remote: { rate: -12 * ppm } }),
  'asymmetric route': () => ({ there: lan, back: path(3 * msNs, 100 * microNs), remote: { rate: 5 * ppm } }),
  'route change': (random) => ({
    there: { ...lan, detour: { at: random.between(40, 100) * secondNs, by: 4 * msNs } },
    back: lan,
    remote: { rate: 5 * ppm }
  }),
  bursts: () => ({
    there: { ...lan, burst: { every: 30 * secondNs, lasts: 8 * secondNs, height: 80 * msNs } },
    back: lan,
    remote: { rate: 20 * ppm }
  }),
  losses: () => remote({ rate: -20 * ppm }, { loss: 0.3, outages: [{ from: 50 * secondNs, to: 62 * secondNs }] }),
  suspend: () => remote({ suspends: [{ from: 80 * secondNs, to: 95 * secondNs }], rate: 10 * ppm }),
  'remote 5 µs': coarse(5_000),
  'remote 100 µs': coarse(100_000),
  'remote 1 ms': coarse(msNs),
  'remote 4 ms': coarse(4 * msNs),
  'remote 15.625 ms': coarse(15_625_000),
  'remote 16 ms': coarse(16 * msNs),
  'remote 1/60 s': coarse(secondNs / 60),
  'remote 1/144 s': coarse(secondNs / 144),
  'remote 1/60 s, rows': (random) => ({ ...coarse(secondNs / 60)(random), ...rows(4 * secondNs, lan, lan) }),
  'local 1 ms': coarse(msNs, 'local'),
  'local 16 ms': coarse(16 * msNs, 'local'),
  'local 1/60 s': coarse(secondNs / 60, 'local'),
  'both 1 ms': coarseBoth(msNs, msNs),
  'both 16 and 1/60': coarseBoth(16 * msNs, secondNs / 60),
  '0 ppm': () => both(lan),
  '-100 ppm': () => remote({ rate: -100 * ppm }),
  '500 ppm': () => remote({ rate: 500 * ppm }),
  '-1000 ppm': () => remote({ rate: -1000 * ppm }),
  'jumps of 240 ppm': jumps,
  'RTT 120 ms': farPair(120, 4 * secondNs, 'beats'),
  'RTT 300 ms': farPair(300, 4 * secondNs, 'beats'),
  'RTT 700 ms': farPair(700, 6 * secondNs, 'beats'),
  'RTT 120 ms, no beats': farPair(120, 50 * secondNs, 'rows only'),
  'RTT 300 ms, no beats': farPair(300, 50 * secondNs, 'rows only'),
  'RTT 700 ms, no beats': farPair(700, 50 * secondNs, 'rows only')
}

export const scenarios: readonly string[] = Object.keys(draws)

/** A run of a scenario: two minutes of beats, twice a second. */
export function scenarioPlan(name: string, seed: number): Plan {
  const random = new Random(seed, 11)
  const drawn = draws[name]!(random)
  const clock: ClockPlan = { rate: 0, swing: 0, swingNs: secondNs, phase: 0, nudges: [], suspends: [], stepNs: 1 }
  return {
    ...{ seed, drift: 'any', weather: 'queues', lastsNs: 150 * secondNs, there: lan, back: lan, loss: 0, outages: [], quickExchanges: 0 },
    ...drawn,
    local: { ...clock, ...drawn.local },
    remote: { ...clock, ...drawn.remote }
  }
}
