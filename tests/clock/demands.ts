/** What is demanded of clock synchronisation over many simulated clocks, and whether a planted bug is noticed by it. */
import { judge, runClockSeeds, Tally } from '@auki/testkit/clock-sim'
import type { Mutant } from '@auki/testkit/sim'

/** The tallies of many seeds: of the mix that is demanded, and of clocks with coarse steps beside it. */
export async function run(options: Parameters<typeof runClockSeeds>[0]): Promise<{ mix: Tally; coarse: Tally }> {
  const sums = { mix: new Tally(), coarse: new Tally() }
  for (const [part, tally] of await runClockSeeds(options)) sums[part.endsWith('coarse') ? 'coarse' : 'mix'].add(tally)
  return sums
}

/** What is not as demanded. */
export function broken({ mix, coarse }: { mix: Tally; coarse: Tally }): string[] {
  return [
    ...judge(mix).broken,
    ...(judge(coarse).containment >= 0.999 ? [] : ['coarse clocks: the uncertainty does not hold the true offset'])
  ]
}

/** Whether 480 seeds are not as demanded with it. */
export async function isNoticed(mutant: Mutant): Promise<boolean> {
  // The third quarter notices all of them, as far as we have seen: it comes first.
  for (const first of [241, 121, 1, 361]) if (broken(await run({ first, count: 120, mutant })).length > 0) return true
  return false
}
