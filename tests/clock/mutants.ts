/** Bugs to plant in the time package: the simulated clocks have to notice each. */
import type { Mutant } from '@auki/testkit/sim'

export const mutants: readonly Mutant[] = [
  {
    name: 'uncertainty-halved',
    story: 'the path may be all in one direction: half of what is certain is not',
    file: 'skew-estimator.ts',
    find: 'const anyRates = Math.max(top - line.offset, line.offset - bottom, 0) + within * elapsed',
    replace: 'const anyRates = (Math.max(top - line.offset, line.offset - bottom, 0) + within * elapsed) / 2'
  },
  {
    name: 'age-ignored',
    story: 'clocks drift apart after the last sample, and nothing says so',
    file: 'skew-estimator.ts',
    find: 'stated(this.#fit, Number(ageNs))',
    replace: 'stated(this.#fit, 0)'
  },
  {
    name: 'rate-taken-for-certain',
    story: 'an estimate that is held and used later claims what it knew when it was made',
    file: 'estimate.ts',
    find: 'return estimate.uncertaintyNs + (growth + 999_999_999n) / 1_000_000_000n',
    replace: 'return estimate.uncertaintyNs + 0n * growth'
  },
  {
    name: 'clocks-mixed',
    story: 'a clock that stood still is another one: what was known of it before must go',
    file: 'skew-estimator.ts',
    find: 'agreeing.lines, sample.observedAtClockNs) : undefined',
    replace: 'agreeing.lines, sample.observedAtClockNs) : this.#fit'
  },
  {
    name: 'bounds-misplaced',
    story: 'a lower bound holds when its message was read, not when ours had been sent: the clocks drift apart in between',
    file: 'bounds-now.ts',
    find: 'sortInto(this.#negatedLower, receivedNs, lowerNs',
    replace: 'sortInto(this.#negatedLower, sentNs, lowerNs'
  },
  {
    name: 'rates-equal',
    story: 'two crystals do not run alike',
    file: 'settings.ts',
    find: 'export const usualRateMax = 250e-6',
    replace: 'export const usualRateMax = 1e-6'
  },
  {
    name: 'steps-ignored',
    story: 'a browser cuts its readings to a millisecond, and the bounds are as wrong',
    file: 'clock-step.ts',
    find: 'return Math.min(coarsest, Math.ceil(this.#grid.stepNs - 1e-3))',
    replace: 'return 0 * coarsest'
  },
  {
    name: 'short-memory',
    story: 'with the ten seconds that the simple estimator looks back, the best bounds are forgotten',
    file: 'settings.ts',
    find: 'maxSampleAgeNs: 120_000_000_000n',
    replace: 'maxSampleAgeNs: 10_000_000_000n'
  },
  {
    name: 'one-direction',
    story: 'the middle taken at the sharper side: the offset is off by what the path always takes',
    file: 'likely-line.ts',
    find: '+ bottom + looseness(below.weight, top - bottom)) / 2',
    replace: '+ top - looseness(below.weight, top - bottom)) / 2'
  },
  {
    name: 'not-monotonic',
    story: 'a better estimate puts domain time back under a reader who was promised otherwise',
    file: 'monotonic-domain-time.ts',
    find: 'domainNs > this.#lastNs',
    replace: 'domainNs !== this.#lastNs'
  }
]
