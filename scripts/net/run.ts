/** Runs scenarios one after the other. */
import { Checks, type Finding } from './checks.ts'
import type { Form, Scenario } from './scenario.ts'

/** A line of the table. */
export interface Row extends Finding {
  readonly scenario: string
}

/** One that breaks off is a bound that was missed. */
export async function runAll(scenarios: readonly Scenario[], form: Form, say: (row: Row) => void): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, cases } of scenarios) {
    for (const { title, run } of cases(form)) {
      const checks = new Checks()
      try {
        await run(checks)
        if (checks.findings.length === 0) throw new Error('it checked nothing')
      } catch (error) {
        const measured = String(error instanceof Error ? error.message : error).split('\n')[0]!
        checks.findings.push({ what: 'runs to its end', bound: 'yes', measured, verdict: 'MISSED' })
      }
      for (const finding of checks.findings) {
        const row = { scenario: title === '' ? name : `${name} ${title}`, ...finding }
        rows.push(row)
        say(row)
      }
    }
  }
  return rows
}
