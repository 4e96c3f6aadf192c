import { exitCodes, type Host } from '../host.ts'
import { run } from '../main.ts'
import { type Outlet, Screen } from '../screen.ts'
import { checkLines } from './json-schemas.ts'

export interface FakeHost extends Host {
  readonly printed: { stdout: string; stderr: string }
}

export interface FakeHostInit {
  readonly debug?: boolean
  readonly stop?: AbortSignal
  readonly configDirectory?: string
  /** Both streams are a terminal of that size; missing: neither is. */
  readonly terminal?: { columns: number; rows: number; readonly isDumb?: boolean }
  readonly colors?: boolean
}

/** A host that keeps what is printed. */
export function fakeHost(init: FakeHostInit = {}): FakeHost {
  const { debug = false, stop = new AbortController().signal, configDirectory = '/nowhere/auki', terminal, colors = false } = init
  const printed = { stdout: '', stderr: '' }
  const outlet = (name: keyof typeof printed): Outlet => ({
    write: (text) => {
      printed[name] += text
    },
    isTerminal: terminal !== undefined,
    canRedraw: terminal !== undefined && terminal.isDumb !== true,
    colors,
    columns: () => terminal?.columns,
    rows: () => terminal?.rows
  })
  return { printed, screen: new Screen({ stdout: outlet('stdout'), stderr: outlet('stderr') }), configDirectory, debug, stop }
}

/** Runs a command line in this process, to its end. */
export async function runHere(
  args: readonly string[],
  host: FakeHost = fakeHost()
): Promise<{ code: number; stdout: string; stderr: string }> {
  const code = await run(args, host)
  if (code !== exitCodes.wrongUsage) checkLines(args, host.printed.stdout)
  return { code, ...host.printed }
}
