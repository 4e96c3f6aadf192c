/** The simulated world: the real core of every peer against the real directory, on virtual time, with everything that can go wrong. */
export type { Violation } from './checks.ts'
export type { Core } from './core.ts'
export { type CrowdPhase, type CrowdVerdict, playCrowd, playSilence } from './crowd.ts'
export { type Edit, editsOf, type Mutant, mutate } from './mutants.ts'
export { playMutant } from './play-mutant.ts'
export { type RunSeedsOptions, runSeeds } from './run-seeds.ts'
export { playScenario } from './scenario.ts'
export { type SimulateOptions, simulate, storyOf, type Verdict } from './simulate.ts'
