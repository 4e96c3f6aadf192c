/** What goes on meanwhile, on stderr: in a terminal one line that is drawn over itself. */
import { clean } from './clean.ts'
import type { Output } from './output.ts'
import type { LiveLines } from './screen.ts'
import { progressLineMs, progressMs } from './settings.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export interface Progress {
  /** What to show now; asked again and again. */
  readonly text: () => string
  /** Whether it is said, in a line now and then, where no line can be drawn over; a terminal that can't do that gets them in any case. Default false. */
  readonly inFiles?: boolean
}

/** Shows what goes on until it is disposed of; in a terminal only while nothing else is drawn there. */
export function showProgress(out: Output, { text, inFiles = false }: Progress): Disposable {
  const { isTerminal, canRedraw } = out.stderr
  if (!canRedraw && !isTerminal && !inFiles) return new DisposableStack()
  let live: LiveLines | undefined
  let frame = 0
  const draw = (): void => {
    live ??= out.live('stderr')
    live?.draw([clean(`${frames[frame++ % frames.length]} ${text()}`)])
  }
  const tell = (): void => out.warn(text())
  if (canRedraw) draw()
  else if (isTerminal) tell()
  const timer = canRedraw ? setInterval(draw, progressMs) : setInterval(tell, progressLineMs)
  const end = (): void => {
    clearInterval(timer)
    live?.[Symbol.dispose]()
  }
  return { [Symbol.dispose]: end }
}
