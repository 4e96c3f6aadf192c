import type { BootstrapInit } from './config.ts'
import { consoleLog } from './log.ts'

const thisMachineOnly = /^\/(ip4\/127\.|ip6\/::1\/|unix\/|memory\/)/

/** Admission is open unless an app says otherwise; where others than this machine's users can come, that is said once for each node. */
export function warnOfOpenAdmission({ admitGate, observer, log = consoleLog }: BootstrapInit, listenAddresses: readonly string[]): void {
  if (admitGate !== undefined || observer === true) return
  const reachable = listenAddresses.filter((address) => !thisMachineOnly.test(address))
  if (reachable.length === 0) return
  const text = `everybody who can reach ${reachable[0]} may join while this node is Manager: set admitGate, for instance to sharedSecretGate(secret)`
  log('warn', text, { listenAddresses: reachable })
}
