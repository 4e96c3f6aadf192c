/**
 * `npm run bench:compare -- <revision> <bench> [--runs 5] [-- <options of the bench>]`: a bench here and at another revision, in turns.
 *
 * For example `npm run bench:compare -- 46db1c6 stream --runs 5 -- --lanes stream --seconds 1`. Each figure is the median of its runs; the ratio is ours
 * to theirs. Turns take away what changes on a machine meanwhile; they do not make a busy machine a quiet one. A bench that the revision does not have yet is
 * lent to it, with `bench:hostile`'s attackers: `npm run bench:compare -- 46db1c6 hostile --runs 1 -- --seconds 10`.
 */

import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { percentile, report } from '../bench/support/report.ts'
import { command } from './checks/command.ts'

type Row = Readonly<Record<string, string | number>>

const root = fileURLToPath(new URL('../', import.meta.url))
const own = process.argv.slice(2)
const split = own.indexOf('--')
const options = split < 0 ? [] : own.slice(split + 1)
const { values, positionals } = parseArgs({
  args: split < 0 ? own : own.slice(0, split),
  options: { runs: { type: 'string', default: '5' } },
  allowPositionals: true
})
const [revision, bench] = positionals
if (revision === undefined || bench === undefined)
  throw new TypeError('usage: npm run bench:compare -- <revision> <bench> [--runs 5] [-- …]')

/** The sources of the revision with the packages that are installed here; of ours it has its own. */
async function checkOut(directory: string): Promise<void> {
  await command('git', ['worktree', 'add', '--detach', directory, revision!], { cwd: root })
  const [from, to] = [join(root, 'node_modules'), join(directory, 'node_modules')]
  await mkdir(join(to, '@auki'), { recursive: true })
  for (const name of await readdir(from)) if (name !== '@auki' && name !== '.cache') await symlink(join(from, name), join(to, name))
  for (const name of await readdir(join(directory, 'packages'))) await symlink(join(directory, 'packages', name), join(to, '@auki', name))
}

/** What a bench needs of ours beside itself, and shares nothing with the packages. */
const ownParts = ['tests/foreign/peer', 'tests/hostile/cases.ts']

async function lendBench(directory: string): Promise<void> {
  if (existsSync(join(directory, `bench/${bench}.ts`))) return
  await cp(join(root, 'bench'), join(directory, 'bench'), { recursive: true, force: false })
  for (const part of ownParts) await cp(join(root, part), join(directory, part), { recursive: true })
}

async function run(directory: string): Promise<Row[]> {
  const stdout = await command(process.execPath, [`bench/${bench}.ts`, '--json', ...options], { cwd: directory, mayFail: true })
  if (!stdout.includes('{')) throw new Error(`bench/${bench}.ts in ${directory} told nothing:\n${stdout}`)
  return (JSON.parse(stdout.slice(stdout.indexOf('{'))) as { rows: Row[] }).rows
}

const median = (runs: readonly Row[][], row: number, column: string): number =>
  percentile(
    runs.map((rows) => rows[row]![column] as number),
    0.5
  )

/** One line for each figure of each row. */
function compared(ours: readonly Row[][], theirs: readonly Row[][]): Row[] {
  return ours[0]!.flatMap((row, index) => {
    const name = Object.values(row).find((value) => typeof value === 'string') ?? index
    const size = 'bytes' in row ? { bytes: row['bytes']! } : {}
    const figures = Object.keys(row).filter((column) => column !== 'bytes' && typeof row[column] === 'number')
    return figures.map((figure) => {
      const [here, there] = [median(ours, index, figure), median(theirs, index, figure)]
      return { row: name, ...size, figure, here, there, ratio: (here / there).toFixed(3) }
    })
  })
}

const directory = join(await mkdtemp(join(tmpdir(), 'bench-compare-')), 'there')
try {
  await checkOut(directory)
  await lendBench(directory)
  const [ours, theirs]: [Row[][], Row[][]] = [[], []]
  for (let turn = 0; turn < Number(values.runs); turn++) {
    console.error(`run ${turn + 1} of ${values.runs}`)
    // Who goes first takes turns, too.
    if (turn % 2 === 0) ours.push(await run(root))
    theirs.push(await run(directory))
    if (turn % 2 === 1) ours.push(await run(root))
  }
  report(`compare ${bench}`, compared(ours, theirs), { json: false, notes: [`Medians of ${values.runs} runs each; there: ${revision}.`] })
} finally {
  await command('git', ['worktree', 'remove', '--force', directory], { cwd: root })
  await rm(join(directory, '..'), { recursive: true, force: true })
}
