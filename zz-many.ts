import * as core from '@auki/domain/core'
import { simulate } from '@auki/testkit/sim'
const [, , from, to] = process.argv.map(Number)
const began = performance.now()
for (let seed = from!; seed < to!; seed++) {
  const { violation, summary } = simulate({ core, seed })
  if (violation) console.log(seed, violation.rule, violation.who, Math.round(violation.atMs ?? 0), violation.what, summary)
}
console.log('done', from, to, Math.round(performance.now() - began))
