/** Runs scenarios one after the other. */
import { reasonOf } from '@auki/canonical'
import { Checks, type Finding } from './checks.ts'
import type { Case, Form, Scenario } from './scenario.ts'

/** A line of the table. */
export interface Row extends Finding {
  readonly scenario: string
}

/** A case, under the name that it has in the table. */
export interface NamedCase extends Case {
  readonly name: string
}

/** Those of a scenario's name or of their own, in their order; of no names: all. @throws RangeError for a name that none has. */
export function casesOf(scenarios: readonly Scenario[], form: Form, names: readonly string[]): NamedCase[] {
  const all = scenarios.flatMap(({ name: scenario, cases }) =>
    cases(form).map((one) => ({ ...one, scenario, name: one.title === '' ? scenario : `${scenario} ${one.title}` }))
  )
  for (const wanted of names) {
    if (!scenarios.some(({ name }) => name === wanted) && !all.some(({ name }) => name === wanted))
      throw new RangeError(`there is no ${wanted}; npm run net -- --list says what there is`)
  }
  return all.filter(({ scenario, name }) => names.length === 0 || names.includes(scenario) || names.includes(name))
}

/** One that breaks off is a bound that was missed. */
export async function runAll(cases: readonly NamedCase[], say: (row: Row) => void): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name: scenario, run } of cases) {
    const checks = new Checks()
    try {
      await run(checks)
      if (checks.findings.length === 0) throw new Error('it checked nothing')
    } catch (error) {
      const measured = reasonOf(error).split('\n')[0]!
      checks.findings.push({ what: 'runs to its end', bound: 'yes', measured, verdict: 'MISSED' })
    }
    for (const finding of checks.findings) {
      const row = { scenario, ...finding }
      rows.push(row)
      say(row)
    }
  }
  return rows
}
