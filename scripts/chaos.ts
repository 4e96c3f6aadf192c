/**
 * `npm run chaos`: Discovery and some peers as processes that are killed, stopped, cut off and restarted for a while, and a judgement of what they did.
 *
 *   npm run chaos -- --minutes 5 [--seed N] [--peers 7]   ends with 1 when a rule was broken
 *   npm run chaos -- --discovery-down 60 [--peers 4]      a directory that loses its rows, and one that is away for so many seconds
 *
 * It needs no rights: the network that is cut is a proxy. It needs Linux, where all of 127.0.0.0/8 is this machine.
 */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { playOutage } from './chaos/outage.ts'
import { reportChaos, reportOutage } from './chaos/report.ts'
import { runChaos } from './chaos/run.ts'

/** With mending and agreeing about 25 s each. */
const roundMs = 20_000
const roundsPerMinute = 2.4

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
    peers: { type: 'string' },
    'discovery-down': { type: 'string' }
  }
})

const seed = Number(values.seed)
const down = values['discovery-down']
if (down === undefined) {
  const peers = Number(values.peers ?? 7)
  const rounds = Math.max(1, Math.round(Number(values.minutes) * roundsPerMinute))
  console.log(`seed ${seed}, ${peers} peers, ${rounds} rounds of ${roundMs / 1_000} s`)
  const result = await runChaos({ seed, peers, rounds, roundMs }, console.log)
  if (!reportChaos(seed, result)) process.exitCode = 1
} else {
  const outage = await playOutage({ seed, peers: Number(values.peers ?? 4), downMs: Number(down) * 1_000 })
  if (!reportOutage(outage)) process.exitCode = 1
}
