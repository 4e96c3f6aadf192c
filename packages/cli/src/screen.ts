/**
 * The one way to this process' stdout and stderr. On a terminal it can keep a few lines at the end that are drawn over themselves; what is printed meanwhile
 * goes above them.
 */
import { createLogUpdate } from 'log-update'
import stringWidth from 'string-width'
import { type CleanText, clean, cutTo, joined } from './clean.ts'
import { rowsDefault } from './settings.ts'

/** One of the two streams of a process. */
export interface Outlet {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  /** A terminal on which lines can be drawn over. */
  readonly canRedraw: boolean
  readonly colors: boolean
  /** Of the terminal, now; elsewhere undefined. */
  readonly columns: () => number | undefined
  readonly rows: () => number | undefined
}

export type OutletName = 'stdout' | 'stderr'

const cursor = { hide: '\x1b[?25l', show: '\x1b[?25h' }
/** To the beginning of so many lines above; what was there goes. */
const eraseAbove = (lines: number): string => `\r\x1b[${lines}A\x1b[J`

export class Screen {
  readonly outlets: Readonly<Record<OutletName, Outlet>>
  #live: LiveLines | undefined

  constructor(outlets: Readonly<Record<OutletName, Outlet>>) {
    this.outlets = outlets
  }

  /** A line, or several. */
  print(to: OutletName, text: CleanText): void {
    const { write, isTerminal } = this.outlets[to]
    const live = isTerminal ? this.#live : undefined
    live?.clear()
    write(`${text}\n`)
    live?.redraw()
  }

  /** Lines to be drawn over until they are disposed of; undefined where that can't be, or where somebody else has them already. */
  live(on: OutletName, whenOver: 'keep' | 'erase'): LiveLines | undefined {
    if (this.#live !== undefined || !this.outlets[on].canRedraw) return undefined
    const onEnd = (): void => {
      this.#live = undefined
    }
    this.#live = new LiveLines({ outlet: this.outlets[on], whenOver, onEnd })
    return this.#live
  }

  /** For when the terminal has another size. */
  resized(): void {
    this.#live?.resized()
  }

  /** For the end of the process, however it comes. */
  end(): void {
    this.#live?.[Symbol.dispose]()
  }
}

interface LiveInit {
  readonly outlet: Outlet
  readonly whenOver: 'keep' | 'erase'
  readonly onEnd: () => void
}

/** The last lines of a terminal. Only what has changed is written. */
export class LiveLines implements Disposable {
  readonly #init: LiveInit
  #update: ReturnType<typeof createLogUpdate>
  /** As they were given, and as they were drawn. */
  #lines: readonly CleanText[] = []
  #drawn: readonly CleanText[] = []
  #isOver = false

  constructor(init: LiveInit) {
    this.#init = init
    this.#update = updateOf(init.outlet)
    init.outlet.write(cursor.hide)
  }

  /** One of them each, cut to the terminal; where they are too many, the first ones. */
  draw(lines: readonly CleanText[]): void {
    if (this.#isOver) return
    this.#lines = lines
    this.redraw()
  }

  redraw(): void {
    const { columns, rows } = this.#init.outlet
    const room = Math.max(1, (rows() ?? rowsDefault) - 1)
    const [width, excess] = [columns(), this.#lines.length - room]
    const shown = excess <= 0 ? this.#lines : [...this.#lines.slice(0, room - 1), clean(`… ${excess + 1} more lines`)]
    this.#drawn = shown.map((line) => (width === undefined ? line : cutTo(line, width)))
    this.#update(joined(this.#drawn, '\n'))
  }

  clear(): void {
    this.#update.clear()
  }

  /** A terminal that is narrower now has broken the lines. */
  resized(): void {
    const { outlet } = this.#init
    const columns = outlet.columns() ?? Number.POSITIVE_INFINITY
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(stringWidth(line) / columns)), 0)
    if (rows > 0) outlet.write(eraseAbove(rows))
    this.#update = updateOf(outlet)
    this.redraw()
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#init.whenOver === 'erase') this.clear()
    this.#init.outlet.write(cursor.show)
    this.#init.onEnd()
  }
}

/** The cursor is ours: where it is hidden, it has to come back on every way out. */
function updateOf({ write, columns, rows }: Outlet): ReturnType<typeof createLogUpdate> {
  const stream = {
    write,
    isTTY: true,
    get columns() {
      return columns()
    },
    get rows() {
      return rows()
    }
  }
  return createLogUpdate(stream as unknown as NodeJS.WriteStream, { showCursor: true })
}
