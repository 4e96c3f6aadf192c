/** What a chaos run ends with, for people. */
import { loadavg } from 'node:os'
import { textTable } from '../../packages/cli/src/table.ts'
import { entriesOf, msBetween } from './history.ts'
import type { Ruling } from './judge.ts'
import type { OutageResult } from './outage.ts'
import { reignsOf } from './reigns.ts'
import type { ChaosResult } from './run.ts'

const violationsShown = 10

/** `true`: no rule was broken. */
export function reportChaos(seed: number, { history, rulings, faults, joinsRefused }: ChaosResult): boolean {
  const mended = entriesOf(history, 'mended').map(({ tookMs }) => Math.round(tookMs))
  const facts: [string, string][] = [
    ...[...faults].map(([what, count]): [string, string] => [what, String(count)]),
    ['joins that failed and were tried again', String(joinsRefused)],
    ['reigns', String(reignsOf(history).size)],
    ['time with a confirmed Manager', `${Math.round(100 * heldShare(history))} %`],
    ['until all agreed after mending', `${mended.join(', ')} ms`],
    [
      'load',
      loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')
    ]
  ]
  console.log(`\n${textTable(['', ''], facts)}\n`)
  const fine = reportRulings(rulings)
  console.log(`\nseed ${seed}: ${fine ? 'no rule was broken' : 'RULES WERE BROKEN'}`)
  return fine
}

export function reportOutage({ figures, rulings }: OutageResult): boolean {
  console.log(
    `${textTable(
      ['', '', 'bound'],
      figures.map(({ what, value, bound }) => [what, value, bound])
    )}\n`
  )
  const fine = reportRulings(rulings)
  console.log(fine ? '\nno rule was broken' : '\nRULES WERE BROKEN')
  return fine
}

function reportRulings(rulings: readonly Ruling[]): boolean {
  const cells = rulings.map(({ rule, checks, violations }) => [rule, String(checks), String(violations.length)])
  console.log(textTable(['rule', 'looked at', 'broken'], cells))
  for (const { rule, violations } of rulings) for (const text of violations.slice(0, violationsShown)) console.log(`\n${rule}:\n  ${text}`)
  return rulings.every(({ violations }) => violations.length === 0)
}

/** The share of the time in which somebody held the role. */
function heldShare(history: ChaosResult['history']): number {
  const held = entriesOf(history, 'held').toSorted((a, b) => Number(a.fromNs - b.fromNs))
  const [first, last] = [held[0], held.at(-1)]
  if (first === undefined || last === undefined) return 0
  let heldMs = 0
  let untilNs = first.fromNs
  for (const { fromNs, toNs } of held) {
    const beginNs = fromNs > untilNs ? fromNs : untilNs
    if (toNs <= beginNs) continue
    heldMs += msBetween(beginNs, toNs)
    untilNs = toNs
  }
  return heldMs / msBetween(first.fromNs, untilNs)
}
