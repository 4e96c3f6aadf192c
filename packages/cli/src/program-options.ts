/** Options that several commands have. */
import { type Command, Option } from 'commander'
import { durationMs, httpUrl, multiaddrs, relay } from './parse.ts'
import { discoveryUrlDefault } from './settings.ts'

export const json = (): Option => new Option('--json', 'one JSON object per line on stdout, nothing else')
export const wide = (): Option => new Option('--wide', 'whole ids and names, whatever the width of the terminal, and more columns')
export const noHeader = (): Option => new Option('--no-header', 'tables without titles')
export const discovery = (): Option =>
  new Option(
    '--discovery <url>',
    `the Discovery service to meet through (default: that of the context in use, else ${discoveryUrlDefault})`
  )
    .env('AUKI_DISCOVERY_URL')
    .argParser(httpUrl)
export const timeout = (): Option =>
  new Option('--timeout <duration>', 'how long to wait for the cluster, a peer and answers, all together, like 5s').argParser(durationMs)
const wait = (): Option => new Option('--wait', 'wait for a cluster, and a peer, that are to come')
/** To a command that looks at a cluster, with what all of those take; `table`: it prints one. */
export function looking(command: Command, shows: 'table' | 'lines'): Command {
  const options = [discovery(), ...(shows === 'table' ? [wide(), noHeader()] : []), wait(), timeout(), json()]
  for (const option of options) command.addOption(option)
  return command
}
export const peerArgument = 'the member: its name, its id, or the start or end of its id'
export const seedFile = (): Option =>
  new Option('--seed-file <file>', 'keeps the 32 secret bytes that the identity is made from; written when it is not there')
export const preset = (): Option =>
  new Option(
    '--preset <name>',
    'how patient to be: lan on wire (a silent peer is lost after 1.5 s), wifi (6 s), robust where anything may pause (15 s); a Manager that dies is replaced after 3, 6, 3 s'
  )
    .choices(['lan', 'wifi', 'robust'])
    .default('robust')
export const listen = (): Option =>
  new Option(
    '--listen <multiaddr>',
    'address to listen on; may be given several times (default: any free port, /ip4/0.0.0.0/tcp/0 and /ip6/::/tcp/0)'
  ).argParser(multiaddrs)
export const announce = (): Option =>
  new Option(
    '--announce <multiaddr>',
    'address to tell others besides, such as that of a router which forwards to this peer; may be given several times'
  ).argParser(multiaddrs)
export const relayListen = (flags: string): Option =>
  new Option(
    flags,
    'address to relay at; may be given several times (default: /ip4/0.0.0.0/tcp/4001 and, for browsers, /ip4/0.0.0.0/tcp/4002/ws)'
  ).argParser(multiaddrs)
export const relayUse = (): Option =>
  new Option(
    '--relay <use>',
    'auto: take a place at a relay while nobody can dial this peer; off; or the multiaddr of a relay to be reached through'
  )
    .argParser(relay)
    .default('auto')
export const example = (text: string): string => `\nExample:\n  $ ${text}`
