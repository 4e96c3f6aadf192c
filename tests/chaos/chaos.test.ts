/** A short `npm run chaos`: real processes, stopped, killed and cut off; and no rule is broken. */
import { expect, test } from 'vitest'
import { entriesOf } from '../../scripts/chaos/history.ts'
import { roundMsMin } from '../../scripts/chaos/plan.ts'
import { runChaos } from '../../scripts/chaos/run.ts'

test('a round of faults over four peers breaks no rule, a Manager stopped for 10 s among them', { timeout: 120_000 }, async () => {
  const said: string[] = []
  const { history, rulings } = await runChaos({ seed: 3, peers: 4, rounds: 1, roundMs: roundMsMin }, (line) => said.push(line))
  const story = said.join('\n')
  expect(
    rulings.flatMap(({ rule, violations }) => violations.map((text) => `${rule}: ${text}`)),
    story
  ).toEqual([])
  const rulingOn = (text: string) => rulings.find(({ rule }) => rule.includes(text))!
  expect(rulingOn('never acts as Manager again').checks, story).toBeGreaterThan(0)
  expect(rulingOn('two confirmed Managers').checks, story).toBeGreaterThan(10)
  const reigns = new Set(entriesOf(history, 'held').map(({ who }) => who))
  expect(reigns.size, story).toBeGreaterThan(1)
})
