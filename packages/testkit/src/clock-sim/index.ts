/**
 * Simulated clocks and paths, to see what estimates of clocks are worth: the true offset is known here.
 *
 * Two runs of the same estimators. {@link runClockSeeds} draws pairs of clocks and paths by seed, and {@link judge} asks for containment and a smaller error;
 * {@link judgeScenario} runs named situations and compares with the lowest-uncertainty pick of the same samples. `npm run clock-sim` prints both.
 *
 * Where to read on: `plan.ts` and `scenarios.ts` (what happens to clocks and paths), `clock.ts` and `exchanges.ts` (readings and when they are known),
 * `simulate.ts` (one seed), `tally.ts` and `judge-scenario.ts` (the verdicts).
 */

export { drifts, type Part, partOf, parts, type Weather, weathers } from './clock-plan.ts'
export { judgeScenario, type ScenarioVerdict } from './judge-scenario.ts'
export { type RunOptions, runClockSeeds } from './run-clock-seeds.ts'
export { scenarios } from './scenarios.ts'
export { simulateClocks, type Time } from './simulate-clocks.ts'
export { judge, Tally, type Verdict } from './tally.ts'
