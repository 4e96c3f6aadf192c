/**
 * `npm run net`: real processes on hosts of their own, with links that roam, sleep, lose, crawl and part, held against what is promised of them.
 *
 *   npm run net                     all scenarios, half an hour
 *   npm run net -- sleep 'link-down 2 s' …   some of them, or cases of them
 *   npm run net -- --short          the short form, three minutes, of all or of some
 *   npm run net -- --list           their names
 *   npm run net -- --json           one object with the rows in place of the table
 *
 * It needs root, and Debian's `iproute2 iptables gcc`: hosts are network namespaces, links are those of a switch in user space.
 * Ends with 0 when every bound was held, 1 when one was missed, 2 for wrong usage, 3 where it can't run, which it says.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { textTable } from '../packages/cli/src/table.ts'
import { missing } from './net/need.ts'
import { casesOf, type Row, runAll } from './net/run.ts'
import type { Scenario } from './net/scenario.ts'
import { scenarios } from './net/scenarios/index.ts'

// Hundreds of processes start from the same sources.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../node_modules/.cache/compile')

const exitMissed = 1
const exitUsage = 2
const exitUnable = 3

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false }
  }
})

const form = values.short ? 'short' : 'long'

async function main(): Promise<number> {
  if (values.list) {
    const line = ({ name, what, cases }: Scenario): string[] => [
      name,
      cases(form)
        .map(({ title }) => title)
        .join(', '),
      what
    ]
    console.log(textTable(['name', 'cases', 'what'], scenarios.map(line)))
    return 0
  }
  const lacking = missing()
  for (const sentence of lacking) console.error(`npm run net can't run: ${sentence}`)
  if (lacking.length > 0) return exitUnable
  const rows = await runAll(casesOf(scenarios, form, positionals), (row) => {
    if (!values.json) console.error(cells(row).join('  '))
  })
  report(rows)
  return rows.some(({ verdict }) => verdict === 'MISSED') ? exitMissed : 0
}

const cells = ({ scenario, what, bound, measured, verdict }: Row): string[] => [scenario, what, bound, measured, verdict]

function report(rows: readonly Row[]): void {
  if (values.json) {
    console.log(JSON.stringify({ form, rows }))
    return
  }
  const missed = rows.filter(({ verdict }) => verdict === 'MISSED').length
  console.log(`\n${textTable(['scenario', 'what', 'bound', 'measured', 'verdict'], rows.map(cells))}`)
  console.log(
    missed === 0 ? '\nevery bound was held' : `\n${missed} of ${rows.filter(({ bound }) => bound !== '').length} bounds were MISSED`
  )
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof RangeError)) throw error
  console.error(error.message)
  process.exitCode = exitUsage
}
