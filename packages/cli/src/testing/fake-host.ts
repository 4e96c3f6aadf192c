import type { Host } from '../host.ts'
import { run } from '../main.ts'

export interface FakeHost extends Host {
  readonly printed: { stdout: string; stderr: string }
}

/** A host that keeps what is printed. */
export function fakeHost(init: Partial<Pick<Host, 'debug' | 'stop' | 'stderrIsTerminal' | 'configDirectory'>> = {}): FakeHost {
  const printed = { stdout: '', stderr: '' }
  return {
    printed,
    stdout: (text) => {
      printed.stdout += text
    },
    stderr: (text) => {
      printed.stderr += text
    },
    isTerminal: false,
    stderrIsTerminal: false,
    configDirectory: '/nowhere/auki',
    debug: false,
    stop: new AbortController().signal,
    ...init
  }
}

/** Runs a command line in this process, to its end. */
export async function runHere(
  args: readonly string[],
  host: FakeHost = fakeHost()
): Promise<{ code: number; stdout: string; stderr: string }> {
  const code = await run(args, host)
  return { code, ...host.printed }
}
