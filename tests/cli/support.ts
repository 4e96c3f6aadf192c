/** `auki …` in processes of their own, as a person or a script runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { stringifyJson } from '@auki/canonical'
import { inject, onTestFinished } from 'vitest'
import { AukiChild, type ChildEnd, type ChildEvent, until } from '../../packages/cli/src/child.ts'
import { checkLines } from '../../packages/cli/src/testing/json-schemas.ts'

/** How long a process may take to start and do something on a busy machine. ms */
const eventMs = 25_000

/** The program of the command, bundled. */
export const bundle = inject('aukiProgram')

/** What commands of ours were started with: whatever they print with `--json` is held against their schemas. */
const argsOf = new WeakMap<AukiChild, readonly string[]>()

/** Starts it; whoever asks for it ends it. */
export function launch(args: readonly string[], program = bundle): AukiChild {
  const child = new AukiChild(args, { program })
  if (!program.includes('previous')) argsOf.set(child, args)
  return child
}

function checkEvents(child: AukiChild): void {
  const args = argsOf.get(child)
  if (args !== undefined) checkLines(args, child.events.map((event) => stringifyJson(event)).join('\n'))
}

/** Starts it; it is ended with the test. */
export const start = (...args: string[]): AukiChild => endedWithTest(launch(args))

export function endedWithTest(child: AukiChild): AukiChild {
  onTestFinished(async () => {
    if (child.end === undefined) child.kill('SIGKILL')
    await child.ended
    checkEvents(child)
  })
  return child
}

/** Resolves to the first event of that name for which `which` holds. */
export function event(child: AukiChild, name: string, which: (event: ChildEvent) => boolean = () => true): Promise<ChildEvent> {
  const look = (): ChildEvent | undefined => {
    const found = child.events.find((candidate) => candidate['event'] === name && which(candidate))
    if (found === undefined && child.end !== undefined) throw new Error(`no ${name}: ended with ${child.end}: ${child.stderr}`)
    return found
  }
  return until(`the event ${name}`, [child], look, { withinMs: eventMs })
}

/** Sends the signal, and resolves to how the process ended. */
export async function stop(child: AukiChild, signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' = 'SIGTERM'): Promise<ChildEnd> {
  child.kill(signal)
  const end = await child.ended
  checkEvents(child)
  return end
}

/** Starts a Discovery service and resolves to its URL. */
export async function discovery(...args: string[]): Promise<string> {
  return String((await event(start('discovery', '--port', '0', '--json', ...args), 'listening'))['url'])
}

/** Where a command's peers listen and meet in these tests. */
export const at = (url: string): string[] => ['--discovery', url, '--listen', '/ip4/127.0.0.1/tcp/0']

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts it with its streams as they are. */
export function raw(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const { AUKI_DISCOVERY_URL: _, AUKI_DEBUG: __, ...inherited } = process.env
  const child = spawn(process.execPath, [bundle, ...args], { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

/** Resolves when it has ended to all that it printed. */
export async function finished(child: ChildProcess): Promise<Finished> {
  const { promise, resolve } = Promise.withResolvers<number | null>()
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  }
  child.on('close', resolve)
  const code = await promise
  const [, , ...args] = child.spawnargs
  if (code === 0 || code === 1) checkLines(args, texts.stdout)
  return { code, ...texts }
}

/** Runs it to its end. */
export const auki = (...args: string[]): Promise<Finished> => finished(raw(args))
