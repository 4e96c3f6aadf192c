/** Runs a program for a check, quietly: its output is shown only when it fails. */
import { spawn } from 'node:child_process'

const root = new URL('../../', import.meta.url).pathname

/** What is told about a failed program: the end of what it printed. */
const outputCharsMax = 8_000

export interface CommandOptions {
  /** Where it runs; the repository unless told. */
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Whether its output counts, however it exits. */
  readonly mayFail?: boolean
}

/** Runs a program to its end; resolves to its standard output. @throws Error with its output when it exits with anything but 0 and may not. */
export async function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<number | string>()
  const child = spawn(program, args, { cwd: options.cwd ?? root, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let all = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    all += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text
  })
  child.on('error', reject)
  child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing'))
  const code = await promise
  if (code !== 0 && options.mayFail !== true)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${all.slice(-outputCharsMax)}`)
  return out
}

/** A program that npm installed in this workspace. */
export const installed = (name: string): string => `${root}node_modules/.bin/${name}`

/** The environment as it is outside of this workspace: without what npm scripts add, the `@auki/source` condition above all. */
export function outsideEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => name !== 'NODE_OPTIONS' && !/^npm_(?!config_registry$)/i.test(name))
  return Object.fromEntries(entries)
}
