/** What a command gets of the process it runs in. */
import { constants as files, readFileSync } from 'node:fs'
import { constants, homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { styleText } from 'node:util'
import { CliError } from './errors.ts'
import { type Outlet, Screen } from './screen.ts'
import { columnsDefault, parentLookMs, rowsDefault, sameSignalMs } from './settings.ts'

export interface Host {
  /** stdout takes results: with `--json` one JSON object per line and nothing else. stderr takes what people should know besides: errors, warnings. */
  readonly screen: Screen
  /** Where the command keeps what it remembers, such as contexts. */
  readonly configDirectory: string
  /** Show stacks and everything the SDK logs (`AUKI_DEBUG`). */
  readonly debug: boolean
  /** Aborted when the command is to stop; the reason is a {@link CliError} `interrupted`. */
  readonly stop: AbortSignal
}

export const exitCodes = { done: 0, failed: 1, wrongUsage: 2, interrupted: 130 } as const

/** The host of a command that has this process for itself. The second signal ends it at once, whatever it is doing. */
export function processHost(): Host {
  const controller = new AbortController()
  const stop = (by: string): void => controller.abort(new CliError('interrupted', `stopped by ${by} before it was done`, { by }))
  let signalledAt = Number.NEGATIVE_INFINITY
  const onSignal = (signal: string): void => {
    const at = performance.now()
    if (at - signalledAt < sameSignalMs) return
    signalledAt = at
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    stop(signal)
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, onSignal)
  process.on('SIGHUP', hangupIsIgnored() ? () => {} : onSignal) // as of a terminal that is closed
  // `auki … | head`: the reader is gone, so there is nothing left to do, and no error to report.
  process.stdout.on('error', () => stop('broken-pipe'))
  process.stderr.on('error', () => {})
  stopWithParent(() => stop('parent-gone'))
  const screen = new Screen({ stdout: outletOf(process.stdout), stderr: outletOf(process.stderr) })
  for (const stream of [process.stdout, process.stderr]) stream.on('resize', () => screen.resized())
  process.once('exit', () => screen.end())
  return {
    screen,
    configDirectory: configDirectory(process.env),
    debug: isSet(process.env['AUKI_DEBUG']),
    stop: controller.signal
  }
}

/** Node's own rules say whether colours are wanted: `NO_COLOR`, `FORCE_COLOR`, `TERM`. */
function outletOf(stream: NodeJS.WriteStream): Outlet {
  const isTerminal = stream.isTTY === true
  return {
    write: (text) => stream.write(text),
    isTerminal,
    canRedraw: isTerminal && process.env['TERM'] !== 'dumb',
    colors: styleText('bold', '', { stream }) !== '',
    columns: () => (isTerminal ? stream.columns || columnsDefault : undefined),
    rows: () => (isTerminal ? stream.rows || rowsDefault : undefined)
  }
}

/**
 * Whether `nohup`, or a shell that ignores SIGHUP, started this process. Node forgets at its start which signals were ignored, so this looks at the traces:
 * shells name the command they started in `_`, `nohup` replaces a terminal by a stdin that can't be read, and a parent that ignores SIGHUP says so in /proc.
 */
function hangupIsIgnored(): boolean {
  if (/(^|\/)nohup$/.test(process.env['_'] ?? '')) return true
  const [, flags] = /^flags:\s*([0-7]+)$/m.exec(textOf('/proc/self/fdinfo/0')) ?? []
  const [, ignored] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(textOf(`/proc/${process.ppid}/status`)) ?? []
  const writeOnly = (Number.parseInt(flags ?? '0', 8) & 3) === files.O_WRONLY
  return writeOnly || (BigInt(`0x${ignored ?? '0'}`) >> BigInt(constants.signals.SIGHUP - 1)) % 2n === 1n
}

/** By the XDG base directories: a relative one does not count. */
function configDirectory({ XDG_CONFIG_HOME: home = '' }: NodeJS.ProcessEnv): string {
  return join(isAbsolute(home) ? home : join(homedir(), '.config'), 'auki')
}

/** Empty where there is no such file: not on Linux. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Stops the command when its parent is gone: one that opened a channel to it, or npm, which ends on SIGTERM without passing it on. */
function stopWithParent(stop: () => void): void {
  if (process.channel) {
    process.once('disconnect', stop)
    process.channel.unref()
  } else if (isSet(process.env['npm_command'])) {
    const parent = process.ppid
    setInterval(() => {
      if (process.ppid !== parent) stop()
    }, parentLookMs).unref()
  }
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '' && value !== '0'
