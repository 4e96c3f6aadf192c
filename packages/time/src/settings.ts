/**
 * Caps, and defaults that an option can change. What the estimators take for granted of crystals, paths and the steps of clocks stands where they use it.
 */
import type { ClockSyncOptions } from './clock-sync.ts'

/** Defaults of {@link ClockSyncOptions}, for each way to estimate. */
export const clockSyncDefaults: Readonly<Record<ClockSyncOptions['estimator'], ClockSyncOptions>> = {
  skew: {
    estimator: 'skew',
    maxSamplesPerPair: 256, // two minutes at two heartbeats a second, and some exchanges between
    maxSampleAgeNs: 120_000_000_000n, // a sharp bound stays sharp that long: rates wander little
    maxUncertaintyNs: 5_000_000_000n // longer than any path that a request survives; what is stated says how good it is
  },
  'lowest-uncertainty': {
    estimator: 'lowest-uncertainty',
    maxSamplesPerPair: 32, // some 16 s at two heartbeats a second: the age limit bites first
    maxSampleAgeNs: 10_000_000_000n, // 100 ppm of drift are 1 ms by then
    maxUncertaintyNs: 500_000_000n // worse than that says nothing
  }
}

/** Remote clocks kept of one peer, those observed last. Peers can name new clocks without end; one has a clock per session, and may need the one before. */
export const clocksPerPeerMax = 4
/** Remote clocks kept in all: that many for each member of a full cluster. */
export const clocksMax = 1024 * clocksPerPeerMax
/** Sources of domain time kept, the Managers heard last. */
export const domainSourcesMax = 64
/** Steps of a conversion. */
export const conversionStepsMax = 4
/** The offset of a TimeTransform log jumps, for a reader, when it changes by this much from one entry to the next. */
export const discontinuityNsDefault = 10_000_000n

/** The step of `performance.now()` is the smallest of so many, watched when a clock is made. */
export const stepsWatched = 4
/** For at most so many readings: some 50 ms, should the clock be that coarse. */
export const stepReadsMax = 1_000_000
/** The step of a clock that did not move meanwhile: no browser is known to have a coarser one. */
export const coarsestStepNs = 100_000_000n
