/**
 * Stories: what the seeds of the simulation tell (roles, rows, documents, and what each app was told), each as a hash. A change of shape leaves them as
 * they are.
 *
 *   npm run stories               compares 3,000 seeds with tests/sim/stories.txt; exit 1 when one tells something else
 *   npm run stories -- --record   writes them anew, where the rules have changed on purpose
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runSeeds, storyOf } from '@auki/testkit/sim'

const { values } = parseArgs({ options: { record: { type: 'boolean', default: false } } })
const file = new URL('../tests/sim/stories.txt', import.meta.url)
const count = 3_000
const shownMax = 10

const verdicts = await runSeeds({ first: 1, count, detail: 'told' })
const told = verdicts.map(storyOf)
if (values.record) {
  writeFileSync(file, `${told.join('\n')}\n`)
  console.log(`${count} stories are in tests/sim/stories.txt`)
} else {
  const known = readFileSync(file, 'utf8').split('\n')
  const others = told.flatMap((story, index) => (story === known[index] ? [] : [index + 1]))
  console.log(others.length === 0 ? `${count} stories are as they were` : `${others.length} of ${count} stories differ`)
  for (const seed of others.slice(0, shownMax)) console.log(`seed ${seed}; here and before: npm run sim -- --seed ${seed} --detail told`)
  process.exitCode = others.length === 0 ? 0 : 1
}
