import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { createSwarm } from '@auki/domain'
import { afterEach, expect, test, vi } from 'vitest'
import { eventually, someone, world } from './world.ts'

/** From now on this machine has these addresses, beside loopback. */
function onHostWith(...ips: string[]): void {
  const at = (address: string): os.NetworkInterfaceInfo => {
    const rest = { address, netmask: '', mac: '', internal: address.startsWith('127.'), cidr: null }
    return address.includes(':') ? { ...rest, family: 'IPv6', scopeid: 0 } : { ...rest, family: 'IPv4' }
  }
  vi.spyOn(os, 'networkInterfaces').mockReturnValue({ lo: [at('127.0.0.1')], wlan0: ips.map(at) })
  syncBuiltinESMExports()
}

afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
})

const everywhere = ['/ip4/0.0.0.0/tcp/0']
const router = '/dns4/robot.example/tcp/4001'

test('a peer that gets into another network has other addresses, and the app hears of it', async () => {
  await using w = await world()
  onHostWith('192.0.2.7')
  const { domain, heard } = await w.join(1, { listen: everywhere, announce: [router] })
  const at = (ip: string) => [router, expect.stringMatching(new RegExp(`^/ip4/${ip}/tcp/\\d+$`))]
  expect(domain.addresses).toEqual(at('192.0.2.7'))
  onHostWith('198.51.100.4')
  await eventually(() => expect(heard).toContainEqual({ type: 'addresses-changed', multiaddrs: at('198.51.100.4') }))
  expect(domain.addresses).toEqual(at('198.51.100.4'))
}, 30_000)

test('an address that cannot be listened on, told or used beside a swarm is named, with the option', async () => {
  await using w = await world()
  const taken = '/ip4/203.0.113.1/tcp/1'
  await expect(w.join(1, { listen: [taken] })).rejects.toMatchObject({
    name: 'BootstrapError',
    code: 'runtime',
    message: expect.stringContaining(`can't listen on ${taken}: `)
  })
  await expect(w.join(1, { listen: [], announce: ['robot.example'] })).rejects.toThrow('announce has what is no multiaddr')
  await using swarm = await createSwarm(someone(1).identity, { listen: [] })
  await expect(w.join(1, { swarm, listen: [] })).rejects.toMatchObject({ details: { reason: 'swarm-and-listen' } })
  expect(w.commits).toEqual([])
})
