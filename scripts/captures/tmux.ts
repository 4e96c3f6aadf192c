/** A command in a terminal of a given size, and what that shows. */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Terminal {
  readonly columns: number
  readonly rows: number
}

/** What a terminal showed. */
export interface Shown {
  /** While it ran; missing for one that ended by itself. */
  readonly running: string | undefined
  /** At the end, with all that had scrolled away. */
  readonly ended: string
  /** Lines that were longer than the terminal is wide. */
  readonly wrapped: readonly string[]
}

const lookEveryMs = 250
const stopWithinMs = 20_000
let films = 0
const endMark = /\[exit \d+\]/

/** @throws Error with what to install, where there is no tmux. */
export function needTmux(): void {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' })
  } catch {
    throw new Error('this needs tmux: apt-get install tmux, or brew install tmux')
  }
}

/** Runs it to its end, or stops it with Ctrl-C after so long. */
export async function filmed(
  line: string,
  { columns, rows }: Terminal,
  { cwd, env, runMs }: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly runMs: number }
): Promise<Shown> {
  films += 1
  const socket = `auki-captures-${process.pid}-${films}`
  const tmux = (...args: string[]): string => execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' })
  const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', cwd, ...variables, `${line}; echo "[exit $?]"; exec sleep 600`)
  const all = (): string => tmux('capture-pane', '-p', '-S', '-')
  const ends = (withinMs: number) => until(() => endMark.test(all()), withinMs)
  try {
    tmux('set-option', '-g', 'status', 'off')
    tmux('resize-window', '-x', String(columns), '-y', String(rows))
    const isOver = await ends(runMs)
    const running = isOver ? undefined : tmux('capture-pane', '-p').trimEnd()
    if (!isOver) {
      tmux('send-keys', 'C-c')
      await ends(stopWithinMs)
    }
    const joined = tmux('capture-pane', '-p', '-J', '-S', '-').split('\n')
    return { running, ended: all().trimEnd(), wrapped: joined.filter((one) => one.trimEnd().length > columns) }
  } finally {
    tmux('kill-server')
  }
}

async function until(is: () => boolean, withinMs: number): Promise<boolean> {
  for (let leftMs = withinMs; leftMs > 0; leftMs -= lookEveryMs) {
    if (is()) return true
    await sleep(lookEveryMs)
  }
  return is()
}
