/** Programs in processes of their own, which tests and benches start, call, and end: how they are started, their side of it, and the peers in them. */
export { type Newcomer, newcomer, type Place } from './newcomer.ts'
export { Program, type ProgramOptions } from './program.ts'
export { reap } from './reap.ts'
export { finish, initOf, onCall, tell } from './side.ts'
