/** The command line: every command with its arguments, options and an example. What a command does is loaded when it is asked for. */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { cleanLines } from './clean.ts'
import type { Host } from './host.ts'
import { Output } from './output.ts'
import { count, durationMs, grantedLifeMs, names, port, sensor, sensorTexts } from './parse.ts'
import {
  announce,
  discovery,
  example,
  json,
  listen,
  looking,
  noHeader,
  peerArgument,
  preset,
  relayListen,
  relayUse,
  seedFile,
  timeout,
  wide
} from './program-options.ts'
import { addStreams } from './program-streams.ts'
import { addTools } from './program-tools.ts'
import { columnsDefault, discoveryPortDefault } from './settings.ts'

const exitCodesHelp = `
Exit codes:
  0    done, also when a command that runs until it is stopped was stopped and left cleanly
  1    failed; stderr says why
  2    wrong usage
  130  interrupted before it was done

Environment:
  AUKI_DISCOVERY_URL  the Discovery service, where --discovery is not given; before that of "auki context use"
  XDG_CONFIG_HOME     where contexts are kept, in auki/contexts.json (default: ~/.config)
  AUKI_DEBUG          1: show stacks and all that the SDK logs, on stderr`

/** @throws CommanderError for a command line that makes no sense, and for help; what a command throws. */
export function createProgram(host: Host): Command {
  const { screen } = host
  const program = new Command('auki')
    .description('Peers that find each other, form a cluster and see what each of them has.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => screen.print('stdout', cleanLines(text.trimEnd())),
      writeErr: (text) => screen.print('stderr', cleanLines(text.trimEnd())),
      getOutHelpWidth: () => screen.outlets.stdout.columns() ?? columnsDefault,
      getErrHelpWidth: () => screen.outlets.stderr.columns() ?? columnsDefault
    })
    .addHelpText('after', exitCodesHelp)
  addServices(program, host)
  addRelay(program, host)
  addJoin(program, host)
  addPeers(program, host)
  addLooking(program, host)
  addStreams(program, host)
  addTools(program, host)
  for (const command of allOf(program))
    command.configureOutput({ outputError: (text) => new Output(host, {}).warn(wrongUsageText(command, text)) })
  return program
}

/** With all below it. */
export const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)]

/** `auki join`, for instance. */
export const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`

/** One line, which points at the help of the command that was meant. */
function wrongUsageText(command: Command, text: string): string {
  return `${text.replace(/^error: /, '').trim()} (see ${nameOf(command)} --help)`
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return manifest.version
}

function addServices(program: Command, host: Host): void {
  program
    .command('discovery')
    .description('run a Discovery service, where peers look up clusters; until stopped')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0: any free one', port, discoveryPortDefault)
    .option(
      '--row-life <duration>',
      'how long a cluster stays known after its Manager was last heard of, where it asks for no time',
      durationMs,
      3_000
    )
    .option(
      '--row-life-max <duration>',
      'the longest such time that a Manager is granted who asks for one: 3s to 15s',
      grantedLifeMs,
      15_000
    )
    .option('--relay', 'relay besides, for members of the clusters here that nobody can dial')
    .addOption(relayListen('--relay-listen <multiaddr>'))
    .addOption(seedFile())
    .addOption(json())
    .addHelpText('after', example('auki discovery --host 0.0.0.0 --port 8080 --relay'))
    .action(async (options) => (await import('./commands/discovery.ts')).discovery(options, host))

  program
    .command('demo')
    .description('watch a cluster form, lose its Manager and heal; takes about 20 s and needs nothing else')
    .addOption(json())
    .addHelpText('after', example('auki demo'))
    .action(async (options) => (await import('./demo/demo.ts')).demo(options, host))

  program
    .command('demo-console', { hidden: true })
    .description('the demo: the peer that looks at the others')
    .argument('<cluster>')
    .addOption(discovery())
    .action(async (cluster, options) => (await import('./demo/console.ts')).lookOn(cluster, options, host))

  program
    .command('id')
    .description('show the identity of a seed file, or a new one')
    .addOption(seedFile())
    .addOption(json())
    .addHelpText('after', example('auki id --seed-file ~/.auki/robot/identity.seed'))
    .action(async (options) => (await import('./commands/id.ts')).id(options, host))
}

function addRelay(program: Command, host: Host): void {
  program
    .command('relay')
    .description('relay for members of clusters that nobody can dial, such as those behind routers; until stopped')
    .option('--cluster <name>', 'whose members are served; may be given several times, and need not be there yet', names)
    .option('--open', 'serve everybody')
    .option('--allow <peer-id>', 'a peer that is served besides members; may be given several times', names)
    .addOption(relayListen('--listen <multiaddr>'))
    .addOption(announce())
    .option('--members <n>', 'how many are reached through it at a time (default: 64)', count)
    .option('--kbit-per-member <n>', 'kbit/s that each of them may send (default: 8000)', count)
    .addOption(seedFile())
    .addOption(discovery())
    .addOption(json())
    .addHelpText('after', example('auki relay --cluster lab --seed-file relay.seed --discovery http://203.0.113.9:8080'))
    .action(async (options) => (await import('./commands/relay.ts')).relay(options, host))
}

function addJoin(program: Command, host: Host): void {
  program
    .command('join')
    .description('be a peer in a cluster, until stopped')
    .argument('<cluster>', 'name of the cluster')
    .addOption(new Option('--target <target>', 'what to expect').choices(['join', 'create', 'join-or-create']).default('join-or-create'))
    .addOption(listen())
    .addOption(announce())
    .addOption(relayUse())
    .option('--name <name>', "what others call this peer (default: this machine's name)")
    .addOption(seedFile())
    .addOption(preset())
    .addOption(new Option('--sensor <kind:synthetic>', 'what to offer; may be given several times').choices(sensorTexts).argParser(sensor))
    .addOption(discovery())
    .addOption(timeout())
    .addOption(json())
    .addHelpText('after', example('auki join lab --name robot --sensor camera:synthetic'))
    .action(async (cluster, options) => (await import('./commands/join.ts')).join(cluster, options, host))
}

function addPeers(program: Command, host: Host): void {
  looking(
    program
      .command('peers')
      .description('list the members of a cluster: who they are, and how each is reached from here')
      .argument('<cluster>', 'name of the cluster'),
    'table'
  )
    .addHelpText('after', example('auki peers lab'))
    .action(async (cluster, options) => (await import('./commands/peers.ts')).peers(cluster, options, host))

  looking(
    program
      .command('ping')
      .description('measure how long the way to a member and back takes, each second, until stopped; and how its clock stands')
      .argument('<cluster>', 'name of the cluster')
      .argument('<peer>', peerArgument)
      .option('--count <n>', 'stop after so many', count),
    'lines'
  )
    .addHelpText('after', example('auki ping lab robot --count 5'))
    .action(async (cluster, peer, options) => (await import('./commands/ping.ts')).ping(cluster, peer, options, host))
}

function addLooking(program: Command, host: Host): void {
  program
    .command('ls')
    .description('list the clusters that Discovery knows, newest first')
    .addOption(discovery())
    .addOption(wide())
    .addOption(noHeader())
    .addOption(timeout())
    .addOption(json())
    .addHelpText('after', example('auki ls'))
    .action(async (options) => (await import('./commands/ls.ts')).ls(options, host))

  looking(
    program
      .command('watch')
      .description(
        'look on as peers join and leave a cluster, with what they have; in a terminal as a table that stays up to date; until stopped'
      )
      .argument('<cluster>', 'name of the cluster')
      .option('--streams', 'read every log, too: how much comes, how old it is and how much is left out'),
    'table'
  )
    .addHelpText('after', example('auki watch lab'))
    .action(async (cluster, options) => (await import('./commands/join.ts')).watch(cluster, options, host))

  looking(
    program
      .command('info')
      .description('ask the members of a cluster, or one of them, who they are')
      .argument('<cluster>', 'name of the cluster')
      .argument('[peer]', peerArgument),
    'table'
  )
    .addHelpText('after', example('auki info lab --json'))
    .action(async (cluster, peer, options) => (await import('./commands/ask.ts')).info(cluster, peer, options, host))

  looking(
    program
      .command('catalog')
      .description('ask the members of a cluster, or one of them, what they have')
      .argument('<cluster>', 'name of the cluster')
      .argument('[peer]', peerArgument),
    'table'
  )
    .addHelpText('after', example('auki catalog lab'))
    .action(async (cluster, peer, options) => (await import('./commands/ask.ts')).catalog(cluster, peer, options, host))

  looking(
    program
      .command('clock')
      .description('show how the clocks of members relate to ours, and domain time, again every second until stopped')
      .argument('<cluster>', 'name of the cluster'),
    'table'
  )
    .addHelpText('after', example('auki clock lab'))
    .action(async (cluster, options) => (await import('./commands/clock.ts')).clock(cluster, options, host))
}
