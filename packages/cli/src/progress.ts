/** What goes on meanwhile: one line on stderr, drawn over itself. */
import { clean } from './clean.ts'
import type { Output } from './output.ts'
import type { LiveLines } from './screen.ts'
import { progressMs } from './settings.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/**
 * Shows what goes on until it is disposed of; only in a terminal, and only while nothing else is drawn there.
 *
 * @param text - of now: it is asked for again and again.
 * @param afterMs - of what is over sooner nothing is shown.
 */
export function showProgress(out: Output, text: () => string, { afterMs = 0 }: { readonly afterMs?: number } = {}): Disposable {
  let live: LiveLines | undefined
  let frame = 0
  const draw = (): void => {
    live ??= out.live('stderr')
    live?.draw([clean(`${frames[frame++ % frames.length]} ${text()}`)])
  }
  const begin = (): void => {
    draw()
    timer = setInterval(draw, progressMs)
  }
  let timer: NodeJS.Timeout | undefined = setTimeout(begin, afterMs)
  const end = (): void => {
    clearTimeout(timer)
    live?.[Symbol.dispose]()
  }
  return { [Symbol.dispose]: end }
}
