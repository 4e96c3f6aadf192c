/**
 * `npm run bench:json`: what reading JSON without rounding integers costs beside `JSON.parse`, on texts of 1 MiB.
 *
 * They take turns; a figure is the best of its runs, which is what others on the machine disturb least. The six named inputs have an aim: at most 4 times
 * as long as `JSON.parse`, 8 times where every number is beyond 2^53. Where one is missed the exit code is 1. The rest is
 * shown for comparison: texts whose numbers are harder to find again. Options: `-- --runs 20 --json`.
 */
import { parseArgs } from 'node:util'
import { parseJson } from '@auki/canonical'
import { type BenchRow, report, rounded } from './support/report.ts'

const textBytes = 1_048_576
const aim = 4
const aimBeyond = 8

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } } })

const list = (item: string): string => `[${Array.from({ length: Math.floor((textBytes - 2) / (item.length + 1)) }, () => item).join(',')}]`

const member = (index: number): string =>
  `{"peer_id":"12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5","multiaddrs":["/ip4/192.168.1.7/tcp/${index}"],"join_ts_ns":1733836800123456789,"successor_token":[]}`

function backwards(): string {
  const members = Array.from({ length: 38_000 }, (_, index) => `"${38_000 - index}":1733836800123456789`)
  return `{${members.join(',')}}`
}

interface Input {
  readonly name: string
  readonly text: string
  readonly aim?: number
}

const inputs: readonly Input[] = [
  { name: 'zeros', text: list('0'), aim },
  { name: 'small objects', text: list('{"a":1}'), aim },
  { name: 'fractions', text: list('-12.75e-1'), aim },
  { name: 'escaped strings', text: list('"a\\n\\u00e9\\"b"'), aim },
  { name: 'a membership document', text: `{"cluster_name":"lab","epoch":1700000000000042,"version":3,"peers":${list(member(4001))}}`, aim },
  { name: 'numbers beyond 2^53', text: list('1733836800123456789'), aim: aimBeyond },
  { name: 'keys like indexes', text: list('{"7":1733836800123456789}') },
  { name: 'keys like indexes, backwards', text: backwards() },
  { name: 'equal keys', text: list('{"a":1733836800123456789,"a":2}') }
]

function tookMs(work: () => unknown): number {
  const began = performance.now()
  work()
  return performance.now() - began
}

function measure({ name, text, aim }: Input): BenchRow & { readonly ratio: number; readonly aim: number | '' } {
  const best = { native: Number.POSITIVE_INFINITY, auto: Number.POSITIVE_INFINITY, bigint: Number.POSITIVE_INFINITY }
  for (let run = 0; run < Number(values.runs); run++) {
    best.native = Math.min(
      best.native,
      tookMs(() => JSON.parse(text))
    )
    best.auto = Math.min(
      best.auto,
      tookMs(() => parseJson(text))
    )
    best.bigint = Math.min(
      best.bigint,
      tookMs(() => parseJson(text, { integers: 'bigint' }))
    )
  }
  const ratio = rounded(Math.max(best.auto, best.bigint) / best.native)
  return { input: name, nativeMs: rounded(best.native), autoMs: rounded(best.auto), bigintMs: rounded(best.bigint), ratio, aim: aim ?? '' }
}

const rows = inputs.map(measure)
report('json', rows, { json: values.json, notes: ['ms per text, the best run of each; ratio: the slower of our two modes to JSON.parse'] })
const missed = rows.filter(({ ratio, aim }) => typeof aim === 'number' && ratio > aim)
if (missed.length > 0) process.exitCode = 1
