/** Thousands of simulated clusters keep every rule. */
import { runSeeds } from '@auki/testkit/sim'

const seeds = 3_000

export async function simulation(): Promise<string> {
  const verdicts = await runSeeds({ first: 1, count: seeds })
  const broken = verdicts.filter(({ violation }) => violation !== undefined)
  if (broken.length > 0) {
    const lines = broken.map(
      ({ seed, violation }) => `seed ${seed} breaks ${violation?.rule}: ${violation?.what}; replay with "npm run sim -- --seed ${seed}"`
    )
    throw new Error(lines.join('\n'))
  }
  return `${seeds} seeds, no rule broken`
}
