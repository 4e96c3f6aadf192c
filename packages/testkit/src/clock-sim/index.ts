export { drifts, type Part, partOf, parts, type Weather, weathers } from './plan.ts'
export { type RunOptions, runClockSeeds } from './run-seeds.ts'
export { simulateClocks, type Time } from './simulate.ts'
export { judge, Tally, type Verdict } from './tally.ts'
