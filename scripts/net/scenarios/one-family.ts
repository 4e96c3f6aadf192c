import type { Checks } from '../checks.ts'
import type { HostInit } from '../lab.ts'
import type { Scenario } from '../scenario.ts'
import { setUp } from '../stage.ts'

/** Peers join, tell their addresses and read each other, with nothing configured. */
async function works(addressOf: (number: number) => string, told: string, checks: Checks): Promise<void> {
  const hosts = Object.fromEntries(
    ['d', 'a', 'b', 'c'].map((name, at): [string, HostInit] => [name, { interfaces: { eth0: [addressOf(10 + at)] } }])
  )
  await using stage = await setUp(['a', 'b', 'c'], { hosts })
  const views = await Promise.all(stage.peers.map((peer) => peer.look()))
  const others = views.filter(({ addresses }) => addresses.length === 0 || !addresses.every((address) => address.startsWith(told)))
  checks.none(
    `addresses that are not ${told}…`,
    others.map(({ addresses }) => addresses.join(' ') || 'none at all')
  )
  const streams = (await Promise.all(stage.peers.map((peer) => peer.streams()))).flat().filter(({ atMs }) => atMs.length > 0)
  checks.atLeast('streams that run', streams.length, 6)
}

export const ipv6Only: Scenario = {
  name: 'ipv6-only',
  what: 'no host has an IPv4 address',
  cases: () => [{ title: '', run: (checks) => works((number) => `fd66::${number}/64`, '/ip6/fd66::', checks) }]
}

export const publicOnly: Scenario = {
  name: 'public-only',
  what: 'every host has one public address',
  cases: () => [{ title: '', run: (checks) => works((number) => `45.66.0.${number}/24`, '/ip4/45.66.0.', checks) }]
}
