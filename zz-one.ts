import * as core from '@auki/domain/core'
import { simulate } from '@auki/testkit/sim'
const v = simulate({ core, seed: Number(process.argv[2]), detail: (process.argv[3] ?? 'none') as never })
for (const l of v.transcript) console.log(l)
console.log(JSON.stringify(v.violation), v.agreedAfterMs)
