/**
 * `npm run check`: what a change must pass besides the tests. `npm run check -- lint browser` runs some of it.
 *
 * Prints what it did as a table; ends with 1 and the reasons when something failed.
 */
import { browser } from './checks/browser.ts'
import { build, lint } from './checks/build.ts'
import { generated } from './checks/generated.ts'
import { network } from './checks/network.ts'
import { packages } from './checks/packages.ts'
import { planted } from './checks/planted.ts'
import { readme } from './checks/readme.ts'
import { simulation } from './checks/simulation.ts'

/** Resolves to a line about what was looked at. @throws Error with the reason when the check fails. */
type Check = () => Promise<string>

/** In this order: what comes after the build looks at what it wrote. */
const checks: Readonly<Record<string, Check>> = { generated, lint, build, readme, packages, browser, simulation, planted, network }

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !Object.hasOwn(checks, name))
if (unknown.length > 0) {
  console.error(`no check is called ${unknown.join(' or ')}; there are ${Object.keys(checks).join(', ')}`)
  process.exit(2)
}

const reasons: string[] = []
for (const [name, check] of Object.entries(checks)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const start = performance.now()
  const line = await check().catch((error: unknown) => {
    reasons.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    return 'failed'
  })
  console.log(`${name.padEnd(12)}${`${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(8)}  ${line}`)
}
for (const reason of reasons) console.error(`\n${reason}`)
process.exitCode = reasons.length > 0 ? 1 : 0
