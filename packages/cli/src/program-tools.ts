/** The commands about the command line itself and the machine it runs on. */
import { Argument, type Command } from 'commander'
import type { Host } from './host.ts'
import { httpUrl } from './parse.ts'
import { discovery, example, json } from './program-options.ts'

export function addTools(program: Command, host: Host): void {
  program
    .command('doctor')
    .description('look for what is wrong with this machine, its network and Discovery, and say what to do about it')
    .addOption(discovery())
    .addOption(json())
    .addHelpText('after', example('auki doctor'))
    .action(async (options) => (await import('./commands/doctor.ts')).doctor(program.version() ?? '', options, host))
  addCompletion(program, host)
  addContext(program, host)
}

function addCompletion(program: Command, host: Host): void {
  program
    .command('completion')
    .description('print what a shell needs to complete commands, options and names of clusters')
    .addArgument(new Argument('<shell>', 'which one').choices(['bash', 'zsh', 'fish']))
    .addOption(json())
    .addHelpText('after', example('auki completion bash >> ~/.bashrc'))
    .action(async (shell, options) => (await import('./commands/completion.ts')).completion(shell, options, host))

  program
    .command('complete', { hidden: true })
    .description('what can come next on a command line')
    .argument('[words...]', 'those after "auki", the last one as far as it is typed')
    .action(async (words) => (await import('./commands/completion.ts')).answer(program, words, host))
}

function addContext(program: Command, host: Host): void {
  const context = program
    .command('context')
    .description('Discovery services by name, and which one is used where none is given')
    .addHelpText('after', example('auki context add lab http://192.168.1.5:8080'))
  const name = ['<name>', 'name of the context'] as const

  context
    .command('add')
    .description('name a Discovery service; the first one is used at once')
    .argument(...name)
    .argument('<url>', 'the Discovery service', httpUrl)
    .addOption(json())
    .addHelpText('after', example('auki context add lab http://192.168.1.5:8080'))
    .action(async (name, url, options) => (await import('./commands/context.ts')).addContext(name, url, options, host))

  context
    .command('use')
    .description('use this one from now on')
    .argument(...name)
    .addOption(json())
    .addHelpText('after', example('auki context use lab'))
    .action(async (name, options) => (await import('./commands/context.ts')).useContext(name, options, host))

  context
    .command('ls')
    .description('list them, the one in use marked')
    .addOption(json())
    .addHelpText('after', example('auki context ls'))
    .action(async (options) => (await import('./commands/context.ts')).listContexts(options, host))

  context
    .command('rm')
    .description('forget one')
    .argument(...name)
    .addOption(json())
    .addHelpText('after', example('auki context rm lab'))
    .action(async (name, options) => (await import('./commands/context.ts')).removeContext(name, options, host))
}
