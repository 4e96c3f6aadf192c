import { Program } from '@auki/testkit/processes'
import type { Checks } from '../checks.ts'
import { Lab } from '../lab.ts'
import { nowMs } from '../messages.ts'
import { LabPeer } from '../peer.ts'
import type { ProxyInit, ProxyTold } from '../proxy-process.ts'
import type { Scenario } from '../scenario.ts'
import { gather, pause, startDiscovery, untilSettled } from '../stage.ts'

const port = 8_081
/** By then it was noticed that no snapshot comes. */
const noticeMs = 5_000
/** Between two polls. */
const pollMs = 1_000
const pollSlack = 1.5
/** A row's life, a poll, and what a takeover takes. */
const takeoverBoundMs = 3_000 + pollMs + 1_000
const waitMs = 30_000

/** Discovery stands behind a proxy that keeps event streams to itself. */
async function buffered(ms: number, checks: Checks): Promise<void> {
  await using lab = await Lab.open({ d: {}, a: {}, b: {}, c: {} })
  const target = await startDiscovery(lab)
  const requests: ProxyTold[] = []
  const init: ProxyInit = { port, target }
  const proxy = new Program<'listen', ProxyTold>(new URL('../proxy-process.ts', import.meta.url), init, {
    under: lab.host('d').under,
    onTold: (told) => requests.push(told)
  })
  lab.use(proxy)
  await proxy.call('listen')
  const discoveryUrl = `http://${lab.host('d').addresses[0]}:${port}`
  const peers = await Promise.all(['a', 'b', 'c'].map((name) => LabPeer.start(lab, name, { discoveryUrl })))
  await gather(peers)
  await pause(noticeMs)
  const fromMs = nowMs()
  await pause(ms)
  const toMs = nowMs()
  checks.sure(
    'event streams were asked for',
    requests.some(({ isEventStream }) => isEventStream)
  )
  const [manager, ...others] = peers
  for (const peer of others) {
    const reads = requests.filter(
      (one) =>
        one.method === 'GET' && one.atMs > fromMs && one.atMs < toMs && !one.isEventStream && peer.host.addresses.includes(one.address)
    )
    checks.within(`${peer.name} reads the row every`, (toMs - fromMs) / reads.length, pollMs * pollSlack)
  }
  const [killedMs] = await Promise.all([manager!.kill()])
  checks.within('another Manager is known', await untilSettled(others, killedMs, waitMs), takeoverBoundMs)
  const warned = others.map((peer) => peer.warnings().filter(({ text }) => /buffer/i.test(text)).length)
  checks.sure(
    'each warned once',
    warned.every((count) => count === 1),
    warned.map((count) => `${count} times`).join(', ')
  )
}

export const bufferedProxy: Scenario = {
  name: 'buffered-proxy',
  what: 'a proxy before Discovery buffers event streams',
  cases: (form) => [{ title: '', run: (checks) => buffered(form === 'short' ? 4_000 : 10_000, checks) }]
}
