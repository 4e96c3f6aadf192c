/** A home router in front of some hosts: what goes out gets its address, what was not asked for from inside stays out. */
import type { Host, HostInit } from './lab.ts'

/** At `eth0` it is on the public network, at `eth1` the hosts behind it are. */
export const routerInit = (publicAddress: string, inside: string): HostInit => ({
  interfaces: { eth0: [`${publicAddress}/24`], eth1: [`${inside}.1/24`] }
})

export const behind = (inside: string, number: number): HostInit => ({
  interfaces: { eth0: [`${inside}.${number}/24`] },
  gateway: `${inside}.1`
})

export function masquerade(router: Host): void {
  router.tune('ipv4/ip_forward', 1)
  router.run('iptables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'eth0', '-j', 'MASQUERADE')
  router.run('iptables', '-P', 'FORWARD', 'DROP')
  router.run('iptables', '-A', 'FORWARD', '-i', 'eth1', '-o', 'eth0', '-j', 'ACCEPT')
  router.run('iptables', '-A', 'FORWARD', '-m', 'conntrack', '--ctstate', 'ESTABLISHED,RELATED', '-j', 'ACCEPT')
}
