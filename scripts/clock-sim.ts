/**
 * Runs clock synchronisation over simulated clocks and paths, and compares with the reference's estimator on the same samples.
 *
 *   npm run clock-sim -- --seeds 10000 [--start 1]   a table over the mix; exit 1 when a demand is not met
 *   --mutant NAME                                    with a planted bug of tests/clock/mutants.ts
 *   npm run clock-sim -- --scenarios 12 [--only NAME] named situations instead, so many runs each, against the lowest-uncertainty pick; exit 1 when an
 *                                                    aim is missed
 */
import { parseArgs } from 'node:util'
import { judge, judgeScenario, parts, runClockSeeds, type ScenarioVerdict, scenarios, Tally } from '@auki/testkit/clock-sim'
import * as time from '@auki/time'
import { mutants } from '../tests/clock/mutants.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    start: { type: 'string', default: '1' },
    mutant: { type: 'string' },
    scenarios: { type: 'string' },
    only: { type: 'string', default: '' }
  }
})

process.exitCode = (values.scenarios === undefined ? await theMix() : eachScenario(number(values.scenarios))) ? 0 : 1

/** Returns whether all aims are met. */
function eachScenario(runs: number): boolean {
  const seeds = Array.from({ length: runs }, (_, at) => number(values.start) + at)
  const verdicts = scenarios.filter((name) => name.includes(values.only)).map((name) => judgeScenario(time, name, seeds))
  console.table(Object.fromEntries(verdicts.map((verdict) => [verdict.name, scenarioRow(verdict)])))
  console.log(
    `${runs} runs each, in µs; aims: errors of at most 1.05 times the pick's and 1 µs more, statements within their bounds, 99.9 % contained`
  )
  for (const { name, missed } of verdicts) if (missed.length > 0) console.log(`missed, ${name}: ${missed.join(', ')}`)
  return verdicts.every(({ missed }) => missed.length === 0)
}

function scenarioRow({ ours, pick, stated, bound, containment, withinBound }: ScenarioVerdict): object {
  return {
    p50: micros(ours.p50),
    'pick p50': micros(pick.p50),
    p99: micros(ours.p99),
    'pick p99': micros(pick.p99),
    'stated p50': micros(stated.p50),
    'bound p50': micros(bound.p50),
    'stated p99': micros(stated.p99),
    'bound p99': micros(bound.p99),
    'within bound %': Number((100 * withinBound).toFixed(1)),
    'contained %': Number((100 * containment).toFixed(3))
  }
}

/** Returns whether all demands are met. */
async function theMix(): Promise<boolean> {
  const began = performance.now()
  const mutant = values.mutant === undefined ? undefined : named(values.mutant)
  const tallies = await runClockSeeds({ first: number(values.start), count: number(values.seeds), ...(mutant && { mutant }) })

  const rows: Record<string, object> = {}
  for (const part of parts) rows[part] = row(tallies.get(part) ?? new Tally())
  const [mix, coarse] = [sum(tallies, (part) => !part.endsWith('coarse')), sum(tallies, (part) => part.endsWith('coarse'))]
  rows['the mix (all but coarse)'] = row(mix)
  console.table(rows)

  const broken = judge(mix).broken.concat(
    judge(coarse).containment >= 0.999 ? [] : ['coarse clocks: the uncertainty does not hold the true offset']
  )
  console.log(
    `${values.seeds} seeds from ${values.start} in ${((performance.now() - began) / 1000).toFixed(0)} s; errors in µs of ours and the reference's estimator`
  )
  console.log(blindness(mix))
  for (const demand of broken) console.log(`not met: ${demand}`)
  return broken.length === 0
}

function named(name: string) {
  const found = mutants.find((known) => known.name === name)
  if (found === undefined) throw new Error(`there is no mutant ${name}; there are ${mutants.map((known) => known.name).join(', ')}`)
  return found
}

function number(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is not a whole number`)
  return Number(text)
}

function sum(tallies: ReadonlyMap<string, Tally>, belongs: (part: string) => boolean): Tally {
  const sum = new Tally()
  for (const [part, tally] of tallies) if (belongs(part)) sum.add(tally)
  return sum
}

function row(tally: Tally): object {
  const { containment, medianGain, tailShare } = judge(tally)
  return {
    readings: tally.readings,
    median: micros(tally.ours.quantile(0.5)),
    reference: micros(tally.reference.quantile(0.5)),
    'times smaller': Number(medianGain.toFixed(2)),
    '99 %': micros(tally.ours.quantile(0.99)),
    'reference 99 %': micros(tally.reference.quantile(0.99)),
    share: Number(tailShare.toFixed(3)),
    'claimed, median': micros(tally.claimed.quantile(0.5)),
    'contained %': Number((100 * containment).toFixed(3)),
    'put back': tally.stepsBack,
    'went back': tally.wentBack
  }
}

function micros(ns: number): number {
  return Number((ns / 1000).toFixed(1))
}

function blindness({ readings, contained, blind, blindContained }: Tally): string {
  const all = (100 * (contained + blindContained)) / (readings + blind)
  return `not counted: ${blind} readings while a clock stood still; with them ${all.toFixed(3)} % are contained`
}
