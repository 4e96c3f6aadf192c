import { type Json, stringifyJson } from '@auki/canonical'
import { type CleanText, clean, cleanJson, joined, padded, painted, wrappedTo } from './clean.ts'
import type { Host } from './host.ts'
import type { LiveLines, Outlet, OutletName } from './screen.ts'
import { type Cell, type Column, tableLines } from './table.ts'
import { timeOfDayText } from './units.ts'

/** A JSON object, its 64-bit integers as bigint; what is `undefined` is left out. */
export type JsonRecord = Readonly<Record<string, unknown>>

/** A line, or several. What a line holds of strangers' text stays on that line. */
export type Text = string | readonly string[]

export interface OutputOptions {
  readonly json?: boolean | undefined
  /** Nothing is cut, and columns that few need are there, too. */
  readonly wide?: boolean | undefined
  /** False: tables without titles. */
  readonly header?: boolean | undefined
}

/** What a command says: with `--json` one object per line, otherwise text. Whatever it is given, a terminal gets {@link clean} text. */
export class Output {
  readonly #host: Host
  readonly #options: OutputOptions
  readonly json: boolean

  constructor(host: Host, options: OutputOptions) {
    this.#host = host
    this.#options = options
    this.json = options.json ?? false
  }

  /** A result, for machines and for people. One with an `event` gets the time, `atMs`. */
  tell(record: JsonRecord, text: Text): void {
    if (!this.json) this.say(text)
    else this.#host.screen.print('stdout', cleanJson(jsonText(stamped(record))))
  }

  /** Something that happened; people get the time with it. */
  event(record: JsonRecord, text: Text): void {
    if (this.json) this.tell(record, text)
    else this.#print(timed(linesOf(text), this.#colors).map((line) => this.#wrapped('stdout', line)))
  }

  /** For people only. */
  say(text: Text): void {
    if (!this.json) this.#print(linesOf(text).map((line) => this.#wrapped('stdout', line)))
  }

  /** For people only. */
  table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): void {
    if (!this.json) this.#print(this.tableLines(columns, rows))
  }

  /** As many lines as a table has, for {@link live}. */
  tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[]): CleanText[] {
    const { wide = false, header = true } = this.#options
    const columnsMax = wide ? undefined : this.#host.screen.outlets.stdout.columns()
    return tableLines(columns, rows, { columnsMax, wide, header, colors: this.#colors })
  }

  /** Lines at the end of a stream that are drawn over until they are disposed of, where it is a terminal and people look at it. Those of stderr go then. */
  live(on: OutletName): LiveLines | undefined {
    const { screen } = this.#host
    if (this.json && (on === 'stdout' || screen.outlets.stdout.isTerminal)) return undefined
    return screen.live(on, on === 'stdout' ? 'keep' : 'erase')
  }

  /** For people: drawn over the frame before where there is a terminal to draw on, printed beneath it elsewhere. */
  frame(lines: readonly CleanText[], live: LiveLines | undefined): void {
    if (live !== undefined) live.draw(lines)
    else if (!this.json) this.#print([...lines, clean('')])
  }

  /** Beside the results: on stderr in either mode. */
  warn(text: string): void {
    const { colors } = this.#host.screen.outlets.stderr
    const mark = clean('auki:')
    this.#host.screen.print('stderr', this.#wrapped('stderr', joined([colors ? painted('yellow', mark) : mark, clean(text)], ' ')))
  }

  /** What stderr can do. */
  get stderr(): Pick<Outlet, 'isTerminal' | 'canRedraw'> {
    return this.#host.screen.outlets.stderr
  }

  get #colors(): boolean {
    return this.#host.screen.outlets.stdout.colors
  }

  /** As a terminal takes it. */
  #wrapped(on: OutletName, line: CleanText): CleanText {
    const columns = this.#host.screen.outlets[on].columns()
    return columns === undefined ? line : wrappedTo(line, columns)
  }

  #print(lines: readonly CleanText[]): void {
    if (lines.length > 0) this.#host.screen.print('stdout', joined(lines, '\n'))
  }
}

const linesOf = (text: Text): CleanText[] => (typeof text === 'string' ? [clean(text)] : text.map(clean))

function timed(lines: readonly CleanText[], colors: boolean): CleanText[] {
  const time = clean(timeOfDayText(Date.now()))
  const none = padded(clean(''), time.length, 'after')
  return lines.map((line, index) => joined([index === 0 ? (colors ? painted('dim', time) : time) : none, line], '  '))
}

/** When it happened comes with what happened; Unix time. */
function stamped(record: JsonRecord): JsonRecord {
  const { event, ...facts } = record
  return event === undefined ? record : { event, atMs: Date.now(), ...facts }
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
