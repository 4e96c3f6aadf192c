/** The commands that carry logs: with their arguments, options and an example. */
import { type Command, Option } from 'commander'
import type { Host } from './host.ts'
import { durationMs, instantMs, rate, readFrom } from './parse.ts'
import {
  announce,
  discovery,
  example,
  json,
  listen,
  looking,
  peerArgument,
  preset,
  relayUse,
  seedFile,
  timeout
} from './program-options.ts'
import { maxGapMsDefault } from './settings.ts'

const from = (): Option =>
  new Option(
    '--from <where>',
    "latest: what comes from now on; start or from_start: the log's history first; <ns>: from that time of the log's clock on"
  )
    .argParser(readFrom)
    .default('latest')

export function addStreams(program: Command, host: Host): void {
  looking(
    program
      .command('tail')
      .description('read a log of a member: rates, drops and, where the clocks are known, latency; over cuts, until stopped')
      .argument('<cluster>', 'name of the cluster')
      .argument('<peer>', peerArgument)
      .argument('<resource>', 'id of the log, as "auki catalog" has it')
      .addOption(from())
      .addOption(
        new Option('--keep <what>', 'when entries wait: keep all, or the latest and count the others')
          .choices(['all', 'latest'])
          .default('all')
      ),
    'lines'
  )
    .addHelpText('after', example('auki tail lab robot camera'))
    .action(async (cluster, peer, resource, options) => (await import('./commands/tail.ts')).tail(cluster, peer, resource, options, host))

  looking(
    program
      .command('record')
      .description('record logs of all members as MCAP, which Foxglove opens; until stopped or all have ended')
      .argument('<cluster>', 'name of the cluster')
      .requiredOption('--out <file>', 'the file to write; it must not be there')
      .option('--resource <id>', 'only this log; may be given several times', (id: string, before: readonly string[] = []) => [
        ...before,
        id
      ])
      .addOption(from())
      .option('--strict', 'exit with 1 when entries are missing, not only when a whole log is'),
    'table'
  )
    .addHelpText('after', example('auki record lab --resource camera --out lab.mcap'))
    .action(async (cluster, options) => (await import('./commands/record.ts')).record(cluster, options, host))

  program
    .command('play')
    .description('be a peer that has what a recording holds: of "auki record", ROS 2 or Foxglove (MCAP); until stopped')
    .argument('<file>', 'the recording')
    .argument('[cluster]', 'name of the cluster', 'playback')
    .addOption(listen())
    .addOption(announce())
    .addOption(relayUse())
    .option('--name <name>', 'what others call this peer (default: the name of the file)')
    .option('--rate <n>', 'how many times as fast as it was', rate, 1)
    .addOption(new Option('--max-gap <duration>', 'longer pauses take so long').argParser(durationMs).default(maxGapMsDefault, '5s'))
    .option('--start <duration>', 'where to begin, from the start of the recording', instantMs)
    .option('--end <duration>', 'where to end, from the start of the recording', instantMs)
    .option('--loop', 'begin again at the end, with later timestamps; what is over one pass old is forgotten')
    .addOption(seedFile())
    .addOption(preset())
    .addOption(discovery())
    .addOption(timeout())
    .addOption(json())
    .addHelpText('after', example('auki play lab.mcap lab'))
    .action(async (file, cluster, options) => (await import('./commands/play.ts')).play(file, cluster, options, host))
}
