import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AukiChild, until } from '../../../packages/cli/src/child.ts'
import type { Checks } from '../checks.ts'
import { Lab } from '../lab.ts'
import { nowMs } from '../messages.ts'
import { behind, masquerade, routerInit } from '../nat.ts'
import { LabPeer } from '../peer.ts'
import type { Scenario } from '../scenario.ts'
import { command, gather, pause, startDiscovery, untilSettled, untilStreams } from '../stage.ts'

const cluster = 'lab'
const relayPort = 4_001
const relayAddress = '45.66.0.20'
const [insideOne, insideTwo] = ['192.168.1', '192.168.2']
const startMs = 30_000
const waitMs = 60_000
const quietMs = 3_000
const restartBoundMs = 10_000
/** As a supervisor would, once the old process is gone. */
const restartMs = 1_000

/** Two peers behind each of two routers, and a relay that both reach. */
async function throughRelay(checks: Checks): Promise<void> {
  const public_ = (number: number) => ({ interfaces: { eth0: [`45.66.0.${number}/24`] } })
  await using lab = await Lab.open({
    d: public_(10),
    relay: { interfaces: { eth0: [`${relayAddress}/24`] } },
    router1: routerInit('45.66.0.31', insideOne),
    router2: routerInit('45.66.0.32', insideTwo),
    a: behind(insideOne, 10),
    b: behind(insideTwo, 10),
    c: behind(insideOne, 11),
    e: behind(insideTwo, 11)
  })
  for (const router of ['router1', 'router2']) masquerade(lab.host(router))
  const discoveryUrl = await startDiscovery(lab)
  const directory = await mkdtemp(join(tmpdir(), 'auki-net-'))
  lab.use({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) })
  const startRelay = () => relay(lab, discoveryUrl, join(directory, 'relay.seed'))
  const { child, multiaddr } = await startRelay()
  // The first is in no cluster that could tell it of a relay; the others find it in the row.
  const creator = { config: { relay: { use: multiaddr } } as object }
  const start = (name: string) => LabPeer.start(lab, name, { discoveryUrl, cluster, ...(name === 'a' ? creator : {}) })
  const peers = await Promise.all(['a', 'b', 'c', 'e'].map(start))
  const beganMs = nowMs()
  await gather(peers)
  checks.note('all pairs read each other', `${Math.round(nowMs() - beganMs)} ms after the first joined`)
  checks.sure('the two sides do not reach each other', !reaches(lab, 'a', `${insideTwo}.10`))
  await pause(quietMs)
  await restart(peers, child, startRelay, checks)
  const [manager, ...others] = peers
  const killedMs = await manager!.kill()
  checks.within('all agree after the Manager was killed', await untilSettled(others, killedMs, waitMs), waitMs)
  checks.within('all pairs read each other without it', await untilStreams(others, nowMs(), waitMs), waitMs)
}

async function restart(peers: readonly LabPeer[], child: AukiChild, start: () => Promise<unknown>, checks: Checks): Promise<void> {
  child.kill('SIGKILL')
  await child.ended
  await pause(restartMs)
  await start()
  const backMs = nowMs()
  checks.within('all streams run after the relay restarted', await untilStreams(peers, backMs, waitMs), restartBoundMs)
  checks.within('all agree after the relay restarted', await untilSettled(peers, backMs, waitMs), restartBoundMs)
}

/** Resolves when it listens. */
async function relay(lab: Lab, discoveryUrl: string, seedFile: string): Promise<{ readonly child: AukiChild; readonly multiaddr: string }> {
  const listen = `/ip4/0.0.0.0/tcp/${relayPort}`
  const args = ['--cluster', cluster, '--discovery', discoveryUrl, '--listen', listen, '--seed-file', seedFile]
  const child = command(lab, 'relay', 'relay', ...args)
  const told = await until('the relay listens', [child], () => child.last('listening') ?? ended(child), { withinMs: startMs })
  const multiaddr = (told['multiaddrs'] as readonly string[]).find((address) => address.includes(relayAddress))
  if (multiaddr === undefined) throw new Error(`the relay does not listen at ${relayAddress}: ${JSON.stringify(told)}`)
  return { child, multiaddr }
}

function ended(child: AukiChild): undefined {
  if (child.end !== undefined) throw new Error(`auki relay ended with ${child.end}: ${child.stderr}`)
  return undefined
}

/** A host that is reached refuses at a port where nobody listens. */
function reaches(lab: Lab, from: string, address: string): boolean {
  try {
    lab.host(from).run('bash', '-c', `timeout 1 bash -c '</dev/tcp/${address}/22' 2>&1 | grep -q refused`)
    return true
  } catch {
    return false
  }
}

export const twoNats: Scenario = {
  name: 'two-nats',
  what: 'peers behind two routers, and a relay',
  cases: () => [{ title: '', run: throughRelay }]
}
