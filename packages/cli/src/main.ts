import { inspect } from 'node:util'
import { AukiError, reasonOf } from '@auki/canonical'
import { CommanderError } from 'commander'
import { cleanLines } from './clean.ts'
import { CliError } from './errors.ts'
import { exitCodes, type Host, processHost } from './host.ts'
import { Output } from './output.ts'
import { allOf, createProgram, nameOf } from './program.ts'
import { timerMsMax } from './settings.ts'

/** The `auki` command: does what this process' arguments say, then ends the process. */
export async function main(): Promise<never> {
  const host = processHost()
  process.on('uncaughtException', (error) => process.exit(report(error, host)))
  if (!host.debug) process.removeAllListeners('warning') // Node's and libraries' advice to programmers
  setInterval(() => {}, timerMsMax) // timers and sockets of the SDK do not keep a process alive
  const code = await run(process.argv.slice(2), host)
  await new Promise((written) => process.stdout.write('', written))
  return process.exit(code)
}

/** Does what the arguments say; resolves to the exit code. */
export async function run(args: readonly string[], host: Host): Promise<number> {
  let running = 'auki'
  const program = createProgram(host)
  for (const command of allOf(program)) {
    command.hook('preSubcommand', (_, asked) => {
      running = nameOf(asked)
    })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.done
  } catch (error) {
    return report(error, host, running)
  }
}

/** Says what went wrong, in one line; the exit code for it. */
function report(error: unknown, host: Host, running = 'auki'): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage // commander has said it
  if (host.debug) host.screen.print('stderr', cleanLines(inspect(error)))
  if (error instanceof CliError && error.code === 'interrupted' && error.details['by'] === 'broken-pipe') return exitCodes.done
  const code = error instanceof CliError ? error.code : undefined
  new Output(host, {}).warn(`${lineOf(error)}${code === 'wrong-usage' ? ` (see ${running} --help)` : ''}`)
  if (code === 'interrupted') return exitCodes.interrupted
  return code === 'wrong-usage' ? exitCodes.wrongUsage : exitCodes.failed
}

function lineOf(error: unknown): string {
  const text = reasonOf(error)
  return error instanceof AukiError ? text : `this should not happen: ${text} (set AUKI_DEBUG=1 to see where)`
}
