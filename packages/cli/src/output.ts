import { type Json, stringifyJson } from '@auki/canonical'
import type { Host } from './host.ts'

/** A JSON object, its 64-bit integers as bigint; what is `undefined` is left out. */
export type JsonRecord = Readonly<Record<string, unknown>>

/** What a command says: with `--json` one object per line, otherwise text. */
export class Output {
  readonly #host: Host
  readonly json: boolean

  constructor(host: Host, { json = false }: { json?: boolean | undefined }) {
    this.#host = host
    this.json = json
  }

  /** A result, for machines and for people. */
  tell(record: JsonRecord, text: string): void {
    this.#host.stdout(`${this.json ? jsonText(record) : text}\n`)
  }

  /** For people only. */
  say(text: string): void {
    if (!this.json) this.#host.stdout(`${text}\n`)
  }

  /** Beside the results: on stderr in either mode. */
  warn(text: string): void {
    this.#host.stderr(`auki: ${text}\n`)
  }
}

/** @throws TypeError for what JSON has no word for. */
export function jsonText(record: JsonRecord): string {
  return stringifyJson(withoutUndefined(record))
}

function withoutUndefined(value: unknown): Json {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value as Json
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutUndefined(inner)]))
}

/** Columns under their titles, two spaces apart. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [titles, ...rows].map(line).join('\n')
}
