import type { BootstrapInit } from './config.ts'
import { consoleLog } from './log.ts'

const thisMachineOnly = /^\/(ip4\/127\.|ip6\/::1\/|unix\/|memory\/)/

/** Warns once per presence when admission is open and the node listens on addresses that other machines may reach. */
export function warnOfOpenAdmission({ admitGate, observer, log = consoleLog }: BootstrapInit, listenAddresses: readonly string[]): void {
  if (admitGate !== undefined || observer === true) return
  const reachable = listenAddresses.filter((address) => !thisMachineOnly.test(address))
  if (reachable.length === 0) return
  const text = `everybody who can reach ${reachable[0]} may join while this node is Manager: set admitGate, for instance to sharedSecretGate(secret)`
  log('warn', text, { listenAddresses: reachable })
}
