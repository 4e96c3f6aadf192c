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
    this.#host.stderr(`auki: ${printable(text)}\n`)
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

/** Text from elsewhere on one line, without what would steer a terminal. */
export function printable(text: string): string {
  return text
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\p{Cc}/gu, (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`)
}

/** Columns under their titles, two spaces apart. */
export function table(titles: readonly string[], cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(printable))
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [titles, ...rows].map(line).join('\n')
}
