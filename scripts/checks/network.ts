/** The short form of `npm run net`: real processes on hosts of their own, with bad links between them. */
import { missing } from '../net/need.ts'
import { casesOf, runAll } from '../net/run.ts'
import { scenarios } from '../net/scenarios/index.ts'

/** Those that hold their bounds by far, so that a busy machine is not taken for a fault; `npm run net -- --short` runs the others as well. */
const steady = ['link-down', 'manager-down', 'sleep', 'buffered-proxy', 'ipv6-only', 'public-only']

export async function network(): Promise<string> {
  const lacking = missing()
  if (lacking.length > 0) return `bad links are not tried here: ${lacking.join('; ')}`
  const rows = await runAll(casesOf(scenarios, 'short', steady), () => {})
  const missed = rows.filter(({ verdict }) => verdict === 'MISSED')
  if (missed.length > 0)
    throw new Error(missed.map(({ scenario, what, bound, measured }) => `${scenario}: ${what}: ${measured}, bound ${bound}`).join('\n'))
  return `${rows.filter(({ verdict }) => verdict === 'held').length} bounds are held over bad links`
}
