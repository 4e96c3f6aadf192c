/**
 * # @auki/cli
 *
 * The `auki` command. `main` runs the arguments of this process and ends it:
 *
 * ```ts
 * import { main } from '@auki/cli'
 * await main() // auki join lab --name robot --sensor camera:synthetic
 * ```
 *
 * Where to read on:
 *
 * 1. `main.ts`, `host.ts`: arguments in, exit code out, signals in between. `program.ts`, `program-streams.ts`: every command with its options; `parse.ts`: what
 *    people type, checked. `output.ts`: text for people, or one JSON object per line.
 * 2. `presence.ts`: every command that needs a cluster joins it here. `commands/`: one file for each of them.
 * 3. `mcap/`: logs as MCAP, written by `auki record` and read by `auki play`; `playback.ts` and `player.ts`: a recording as a peer.
 * 4. `sensors.ts` and `synthetic-….ts`: made-up sensors. `demo/`: the demo, which runs the other commands as processes (`child.ts`).
 *
 * Every duration and cap is in `settings.ts`.
 *
 * @packageDocumentation
 */
export { main } from './main.ts'
