/** Testing the testers: the simulations complain of bugs that are planted in what they run. */
import { readFile } from 'node:fs/promises'
import { playMutant } from '@auki/testkit/sim'
import { isNoticed } from '../../tests/clock/demands.ts'
import { mutants as clockMutants } from '../../tests/clock/mutants.ts'
import { allMutants } from '../../tests/sim/all-mutants.ts'

/** Those of the core that a scenario catches, and all of the clocks'; `npm run sim -- --mutants` hunts the others over seeds. */
export async function planted(): Promise<string> {
  const missed: string[] = []
  let caught = 0
  const note = (name: string, isCaught: boolean): void => {
    if (isCaught) caught += 1
    else missed.push(name)
  }
  for (const mutant of allMutants) {
    if (mutant.scenario === undefined) continue
    const told = await readFile(new URL(`../../tests/scenarios/${mutant.scenario}`, import.meta.url), 'utf8')
    note(`${mutant.name}, ${mutant.scenario}`, (await playMutant(mutant, told)).includes('BROKEN'))
  }
  for (const mutant of clockMutants) note(mutant.name, await isNoticed(mutant))
  if (missed.length > 0) throw new Error(`nothing complains of a planted bug: ${missed.join('; ')}`)
  return `${caught} planted bugs are noticed`
}
