/**
 * `npm run log-kill`: kills a program 200 times while it records. Every log must reopen, have lost at most what was never flushed, and replay in order.
 *
 * Options: `-- --kills 200 --seed 1`. Ends with 1 at the first recording that does not.
 */
import { parseArgs } from 'node:util'
import { killRecorders } from '../tests/logs/support/kills.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } } })
const { kills, early, entries } = await killRecorders(Number(values.kills), Number(values.seed), console.log)
console.log(`${kills} kills (${early} while starting): every log reopened with all that was flushed; ${entries} entries read back in order`)
