/**
 * Runs the simulated world.
 *
 *   npm run sim -- --seed 42                  one run, as a readable transcript; --detail told with what apps were told, full for every event and effect
 *   npm run sim -- --seeds 3000 [--start 1]   many runs and a table of verdicts; exit 1 when a rule was broken
 *   --mutant NAME                             with a planted bug of tests/sim/mutants.ts
 *   npm run sim -- --mutants [--seeds 1000]   every planted bug, each until it is caught; exit 1 when one is not
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Mutant, playMutant, runSeeds, type Verdict } from '@auki/testkit/sim'
import { allMutants as all } from '../tests/sim/all-mutants.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    detail: { type: 'string', default: 'story' },
    seeds: { type: 'string', default: '1000' },
    start: { type: 'string', default: '1' },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false }
  }
})

const mutant = values.mutant === undefined ? undefined : named(values.mutant)
process.exitCode = values.mutants ? await every() : values.seed === undefined ? await many() : await one(number(values.seed))

function named(name: string): Mutant {
  const found = all.find((known) => known.name === name)
  if (found === undefined) throw new Error(`there is no mutant ${name}; there are ${all.map((known) => known.name).join(', ')}`)
  return found
}

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is not a whole number`)
  return Number(text)
}

async function one(seed: number): Promise<number> {
  const detail = (['told', 'full'] as const).find((known) => known === values.detail) ?? 'story'
  const [verdict] = await runSeeds({ first: seed, count: 1, mutant, detail })
  if (verdict === undefined) throw new Error(`seed ${seed} was not run`)
  for (const line of verdict.transcript) console.log(line)
  console.log(sentence(verdict))
  return verdict.violation === undefined ? 0 : 1
}

async function many(): Promise<number> {
  const began = performance.now()
  const verdicts = await runSeeds({ first: number(values.start), count: number(values.seeds), mutant })
  const broken = verdicts.filter(({ violation }) => violation !== undefined)
  for (const verdict of broken) console.log(sentence(verdict))
  table(verdicts, broken.length, performance.now() - began)
  return broken.length === 0 ? 0 : 1
}

async function every(): Promise<number> {
  const rows: Record<string, { runs: number; by: number | string; rule: string }> = {}
  for (const planted of all)
    rows[planted.name] = planted.scenario === undefined ? await hunt(planted) : await told(planted, planted.scenario)
  console.table(rows)
  return Object.values(rows).some(({ by }) => by === '') ? 1 : 0
}

async function hunt(planted: Mutant) {
  const verdicts = await runSeeds({ first: number(values.start), count: number(values.seeds), mutant: planted, stopAfter: 1 })
  const caught = verdicts.find(({ violation }) => violation !== undefined)
  return { runs: verdicts.length, by: caught?.seed ?? '', rule: caught?.violation?.rule ?? 'NOT CAUGHT' }
}

async function told(planted: Mutant, scenario: string) {
  const happened = await playMutant(planted, readFileSync(new URL(`../tests/scenarios/${scenario}`, import.meta.url), 'utf8'))
  const rule = /BROKEN (\S+)/.exec(happened)?.[1]
  return { runs: 1, by: rule === undefined ? '' : scenario, rule: rule ?? 'NOT CAUGHT' }
}

function sentence({ seed, violation, hash, agreedAfterMs, summary }: Verdict): string {
  if (violation === undefined) return `seed ${seed}: all agreed ${seconds(agreedAfterMs)} after mending (${summary}; ${hash})`
  const { at, rule, who, what } = violation
  return `seed ${seed}: ${rule} broken at ${Math.round(at)} ms by ${who}: ${what} (${summary}; ${hash})`
}

function table(verdicts: readonly Verdict[], broken: number, tookMs: number): void {
  const agreed = verdicts.map(({ agreedAfterMs }) => agreedAfterMs).sort((a, b) => a - b)
  const at = (share: number): string => seconds(agreed[Math.min(agreed.length - 1, Math.floor(share * agreed.length))] ?? 0)
  const sum = (of: (verdict: Verdict) => number): number => verdicts.reduce((total, verdict) => total + of(verdict), 0)
  console.table({
    seeds: verdicts.length,
    'rules broken': broken,
    steps: sum(({ steps }) => steps),
    'simulated peer hours': Math.round(sum(({ peerMs }) => peerMs) / 3_600_000),
    'agreed after mending, median': at(0.5),
    'agreed, 99 %': at(0.99),
    'agreed, slowest': at(1),
    'living members evicted though another heard them': sum(({ livingEvicted }) => livingEvicted),
    'requests to Discovery in 10 s, most': Math.max(0, ...verdicts.map(({ busiest }) => busiest)),
    took: seconds(tookMs)
  })
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}
