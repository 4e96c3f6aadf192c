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

// ---- bounds-now.ts

/** Warming up changes the rate of a crystal by a few ppm, and so does a time daemon; the uncertainty allows for it. */
export const wanderMax = 10e-6
/** Reading a clock takes time, and so does stamping what was read: no bound is sharper than this, for either clock. */
export const readingTakesNs = 1_000

// ---- clock-step.ts

/** The coarsest clock known: browsers that resist fingerprinting. Only grids through 0 may be that wide. */
export const coarsestNs = 100_000_000
/** Timers of operating systems and displays tick faster than this. */
export const coarsestShiftedNs = 20_000_000
/** Steps below this vanish in the time that reading a clock takes. */
export const finestNs = 1_000
/** How much rounding to nanoseconds can add up to between a few readings. */
export const roundedByNs = 20
/** Readings that all lie closer together than this say nothing. */
export const shortestNs = 100_000
export const candidatesMax = 12
export const plausibleNs = 100_000
export const finestOfGapNs = 1_000_000

// ---- grid.ts

/** The share of places that may lie beside the grid. */
export const besideMax = 0.1
export const nearNs = 50

// ---- likely-line.ts

/** The shortest mean queue assumed. */
export const shortestQueueNs = 100

// ---- skew-estimator.ts

/** Two crystals at ±100 ppm each, and a quarter more for one that is being slewed. Also what a rate may change by at any time. */
export const usualRateMax = 250e-6
/** Time daemons slew by up to 500 ppm, on both machines: possible while nothing is known of the rate, and where the samples show it. */
export const fastRateMax = 1_100e-6
export const rateSpanMinNs = 4e9
/** The estimate stays close enough to the middle of the sharpest sample of this time to state no larger uncertainty than that sample would. */
export const recentNs = 30e9
/** The same for clocks whose steps hide the queues. */
export const recentCoarseNs = 10e9
