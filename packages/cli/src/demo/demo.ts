/**
 * The demo: a cluster forms, data flows, it loses its Manager, and heals, with every participant in a process of its own.
 *
 * Each act does something, waits until it shows in what the participants say, and tells it. An act that does not happen in time ends the demo.
 */
import { type Json, reasonOf } from '@auki/canonical'
import { ClusterManager, type ResourceVariant } from '@auki/domain'
import type { Host } from '../host.ts'
import { logLabel } from '../log-labels.ts'
import { Output } from '../output.ts'
import { demoAnswerMs, demoHealMs, demoStartMs } from '../settings.ts'
import { type Actor, agreedManager, listen, seeEachOther, viewOf } from './cast.ts'
import { catalogSeen, frameSeen } from './sights.ts'
import { Stage } from './stage.ts'
import { dataFlows, dataStillFlows, markFlows } from './streams.ts'

const cluster = 'demo'

/** Plays it once. @throws CliError 'step-failed' when something did not happen; the reason of `host.stop`. */
export async function demo(options: { readonly json?: boolean }, host: Host): Promise<void> {
  const out = new Output(host, options)
  out.say('Three peers form a cluster, lose the one that manages it, and heal.\n')
  await using stage = new Stage(out, host.stop)
  try {
    await play(stage, host)
  } catch (error) {
    const reason = reasonOf(error)
    if (out.json && !host.stop.aborted) out.tell({ event: 'failed', reason }, reason)
    throw error
  }
}

async function play(stage: Stage, host: Host): Promise<void> {
  const url = await openDiscovery(stage)
  const robot = await enterPeer(stage, url, 'robot', ['camera', 'lidar', 'pose'], [])
  const console = await enterConsole(stage, url, [robot])
  const phone = await enterPeer(stage, url, 'phone', ['camera', 'lidar'], [robot, console])
  await lookAround(stage, console, [robot, phone])
  await dataFlows(stage, console, robot, 2)
  await dataFlows(stage, console, phone, 2)
  const mark = markFlows(console, phone)
  await loseManager(stage, robot, [console, phone])
  await dataStillFlows(stage, console, phone, mark)
  const tablet = await enterPeer(stage, url, 'tablet', ['camera'], [console, phone])
  await leaveAll(stage, [tablet, phone, console])
  await closeDown(stage, url, host)
  stage.tell('done', { seconds: stage.elapsedMs / 1_000 }, 'done: every step happened')
}

async function openDiscovery(stage: Stage): Promise<string> {
  const actor = stage.start('Discovery', ['discovery', '--port', '0', '--json'])
  const url = await stage.until('Discovery starts', demoStartMs, () => actor.child.last('listening')?.['url'])
  const { pid } = actor.child
  stage.tell('discovery-listening', { url, pid }, `Discovery runs at ${url}, where peers look up clusters`)
  return String(url)
}

async function enterPeer(stage: Stage, url: string, name: string, sensors: readonly string[], present: readonly Actor[]): Promise<Actor> {
  const offers = sensors.flatMap((sensor) => ['--sensor', `${sensor}:synthetic`])
  const where = ['--discovery', url, ...listen.flatMap((address) => ['--listen', address])]
  const actor = stage.start(name, ['join', cluster, '--name', name, ...where, ...offers, '--json'])
  return entered(stage, actor, present)
}

function enterConsole(stage: Stage, url: string, present: readonly Actor[]): Promise<Actor> {
  return entered(stage, stage.start('console', ['demo-console', cluster, '--discovery', url]), present)
}

/** Waits until everybody sees the new one. */
async function entered(stage: Stage, actor: Actor, present: readonly Actor[]): Promise<Actor> {
  const { name } = actor
  const all = [...present, actor]
  await stage.until(`${name} joins and everybody sees it`, demoStartMs, () => seeEachOther(all) || undefined)
  const { peerId, role } = viewOf(actor) ?? {}
  const names = all.map((other) => other.name)
  const created = `${name} created "${cluster}" and is its Manager, who lets others in`
  const text = present.length === 0 ? created : `${name} joined; ${name === 'console' ? 'it' : 'console'} sees ${listed(names)}`
  stage.tell('peer-joined', { name, pid: actor.child.pid, peerId, role, members: names }, text)
  return actor
}

export async function lookAround(stage: Stage, console: Actor, others: readonly Actor[]): Promise<void> {
  for (const other of others) {
    const peerId = viewOf(other)?.peerId
    const rows = await stage.until(`console asks ${other.name} what it has`, demoAnswerMs, () => catalogSeen(console, peerId))
    stage.tell('catalog', { name: other.name, peerId, resources: rows }, `console finds at ${other.name}: ${listed(rows.map(nameOfRow))}`)
  }
  const [robot] = others
  const peerId = robot && viewOf(robot)?.peerId
  const frame = await stage.until('console fetches a frame entry', demoAnswerMs, () => frameSeen(console, peerId))
  const text = `console fetched a frame of ${robot?.name}; its hash is that of the catalog`
  stage.tell('frame-verified', { name: robot?.name, peerId, ...frame }, text)
}

/** Of a catalog row in wire spelling. */
const nameOfRow = (row: Readonly<Record<string, Json>>): string =>
  logLabel({ variant: row['variant'] as ResourceVariant, resourceId: String(row['resource_id']) })

async function loseManager(stage: Stage, manager: Actor, survivors: readonly Actor[]): Promise<void> {
  const killedAtMs = stage.elapsedMs
  stage.dismiss(manager, 'SIGKILL')
  const { name } = manager
  stage.tell('manager-killed', { name, peerId: viewOf(manager)?.peerId }, `${name} was killed: no goodbye, and no Manager`)
  const healed = (): Actor | undefined => (seeEachOther(survivors) ? agreedManager(survivors) : undefined)
  const next = await stage.until('the survivors agree on the next Manager', demoHealMs, healed)
  const seconds = (stage.elapsedMs - killedAtMs) / 1_000
  const names = survivors.map((survivor) => survivor.name)
  const facts = { name: next.name, managerPeerId: viewOf(next)?.peerId, members: names, seconds }
  stage.tell('manager-agreed', facts, `${listed(names)} agree on ${next.name} as Manager, ${seconds.toFixed(1)} s after the kill`)
}

/** The last one is the Manager, and takes the cluster's row with it. */
async function leaveAll(stage: Stage, actors: readonly Actor[]): Promise<void> {
  for (const actor of actors) {
    const { name, child } = actor
    stage.dismiss(actor, 'SIGTERM')
    const end = await stage.until(`${name} leaves`, demoAnswerMs, () => child.end)
    if (end !== 0) throw stage.failure(`${name} leaves`, `its process ended with ${end}: ${child.stderr || 'it did not say why'}`)
    stage.tell('peer-left', { name }, `${name} left`)
  }
}

async function closeDown(stage: Stage, url: string, host: Host): Promise<void> {
  const rows = await ClusterManager.listClusters(url, { signal: host.stop })
  if (rows.length > 0) throw stage.failure('the row goes', `Discovery still knows "${cluster}"`)
  stage.tell('row-gone', { cluster }, `Discovery knows no cluster "${cluster}" any more`)
}

function listed(names: readonly string[]): string {
  return new Intl.ListFormat('en').format(names)
}
