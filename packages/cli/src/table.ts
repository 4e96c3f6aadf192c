/** Columns under their titles that fit the terminal: what is too long is cut in the middle, the longest first. */
import stringWidth from 'string-width'
import { type CleanText, clean, cutTo, joined, padded, painted, type Style, shortened } from './clean.ts'
import { cellCharsMax, columnWidthMin } from './settings.ts'

export interface Column {
  readonly title: string
  readonly align?: 'right'
  /** Not cut as long as others can be: for what has no use when it is cut. */
  readonly whole?: boolean
  /** Only with `--wide`. */
  readonly wide?: boolean
}

/** Text of any origin. */
export type Cell = string | Painted

export interface Painted {
  readonly text: string
  readonly style: Style | undefined
}

export interface TableShape {
  /** Of the terminal; undefined: nothing is cut to fit. */
  readonly columnsMax: number | undefined
  readonly wide: boolean
  readonly header: boolean
  readonly colors: boolean
}

const gap = '  '

interface Laid {
  readonly text: CleanText
  readonly style: Style | undefined
}

/** A line for the titles, unless it is not wanted, and one for each row. A row has a cell for each column, those that are not shown included. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[], shape: TableShape): CleanText[] {
  const shown = columns.map((_, index) => index).filter((index) => shape.wide || columns[index]!.wide !== true)
  const titles = columns.map(({ title }): Cell => ({ text: title, style: 'bold' }))
  const all = [...(shape.header ? [titles] : []), ...rows]
  const laid = all.map((row) => shown.map((index) => laidOut(row[index] ?? '')))
  const kept = shown.map((index) => columns[index]!)
  const widths = fitted(laid, kept, shape.columnsMax)
  return laid.map((row) => lineOf(row, kept, widths, shape.colors))
}

/** As one text, without regard to any terminal. */
export function textTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = titles.map((title) => ({ title }))
  return tableLines(columns, rows, { columnsMax: undefined, wide: true, header: true, colors: false }).join('\n')
}

/** Cut before anything else is done with it: a stranger's megabyte costs no more than an id. */
function laidOut(cell: Cell): Laid {
  const { text, style } = typeof cell === 'string' ? { text: cell, style: undefined } : cell
  return { text: clean(shortened(text, cellCharsMax)), style }
}

function fitted(rows: readonly (readonly Laid[])[], columns: readonly Column[], columnsMax: number | undefined): number[] {
  const widths = columns.map((_, index) => rows.reduce((widest, row) => Math.max(widest, stringWidth(row[index]!.text)), 0))
  if (columnsMax === undefined) return widths
  const room = columnsMax - gap.length * (columns.length - 1)
  const mins = columns.map(({ title, whole = false }, index) => (whole ? widths[index]! : Math.max(columnWidthMin, title.length)))
  return squeezed(
    squeezed(widths, mins, room),
    columns.map(() => 1),
    room
  )
}

/** Takes from the widest, again and again, until all fit or are as narrow as they may be. */
function squeezed(widths: readonly number[], mins: readonly number[], room: number): number[] {
  const result = [...widths]
  for (let excess = result.reduce((sum, width) => sum + width, 0) - room; excess > 0; excess -= 1) {
    const widest = result.reduce((best, width, index) => (width > mins[index]! && width > (result[best] ?? 0) ? index : best), -1)
    if (widest < 0) break
    result[widest]! -= 1
  }
  return result
}

function lineOf(row: readonly Laid[], columns: readonly Column[], widths: readonly number[], colors: boolean): CleanText {
  const last = row.findLastIndex(({ text }) => text !== '')
  const cells = row.slice(0, last + 1).map(({ text, style }, index) => {
    const cut = cutTo(text, widths[index]!)
    const coloured = colors && style !== undefined ? painted(style, cut) : cut
    if (columns[index]!.align === 'right') return padded(coloured, widths[index]!, 'before')
    return index === last ? coloured : padded(coloured, widths[index]!, 'after')
  })
  return joined(cells, gap)
}
