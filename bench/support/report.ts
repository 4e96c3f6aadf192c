/** How every bench ends: a table for people, or with `--json` one object. */
import { availableParallelism, cpus, totalmem } from 'node:os'
import { textTable } from '../../packages/cli/src/table.ts'

/** One line of results; a number is shown with at most one digit behind the point. */
export type BenchRow = Readonly<Record<string, string | number>>

/** What the figures were measured on. */
export function machine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version
  }
}

/** Prints the results; `notes` are for people only. */
export function report(bench: string, rows: readonly BenchRow[], { json, notes = [] }: { json: boolean; notes?: readonly string[] }): void {
  if (json) {
    console.log(JSON.stringify({ bench, machine: machine(), rows }))
    return
  }
  const titles = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (value: string | number | undefined): string => (typeof value === 'number' ? String(rounded(value)) : (value ?? ''))
  const { cpu, cores, node, platform } = machine()
  console.log(`bench:${bench}  ${cpu}, ${cores} cores, ${platform}, Node ${node}\n`)
  console.log(
    textTable(
      titles,
      rows.map((row) => titles.map((title) => cell(row[title])))
    )
  )
  for (const note of notes) console.log(`\n${note}`)
}

export const rounded = (value: number): number => Math.round(value * 10) / 10

/** Of the sorted values, the one below or at which the share `p` (0 to 1) of them lies. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN
}

/** Smallest, middle, 99th percentile and largest, ms. */
export function spread(valuesMs: readonly number[]): { minMs: number; medianMs: number; p99Ms: number; maxMs: number } {
  return {
    minMs: rounded(percentile(valuesMs, 0)),
    medianMs: rounded(percentile(valuesMs, 0.5)),
    p99Ms: rounded(percentile(valuesMs, 0.99)),
    maxMs: rounded(percentile(valuesMs, 1))
  }
}
