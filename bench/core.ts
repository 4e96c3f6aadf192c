/**
 * `npm run bench:core`: what one event costs the core of a settled Manager, and of a follower, as the cluster grows.
 *
 * An event is what the shell does with it: `step`, then `nextDeadline`. Simulated time passes meanwhile, so that liveness checks, repeats of the document
 * and looks for silent members take their part as they fall due. The Manager hears every member twice a second, in an order drawn anew each time; a
 * follower hears its Manager twice a second, and after each heartbeat a connection of another member goes or comes back.
 * A figure is the best of five runs, in CPU time of this process with its garbage collector. Ends with 1 when an event costs more than twice as much
 * with 4,000 members as with 10. Options: `-- --seconds 1 --members 10,100,1000,4000 --json`.
 */
import { parseArgs } from 'node:util'
import { CorePeer } from './support/core-peer.ts'
import { type BenchRow, report, rounded } from './support/report.ts'

const runs = 5
const ratioAim = 2
const heartbeatMs = 500

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    members: { type: 'string', default: '10,100,1000,4000' },
    json: { type: 'boolean', default: false }
  }
})
const runMs = Number(values.seconds) * 1_000
if (!(runMs > 0)) throw new Error(`--seconds ${values.seconds} is no duration: give a number`)
const counts = values.members.split(',').map(Number)
if (!counts.every((members) => Number.isInteger(members) && members > 2))
  throw new Error(`--members ${values.members}: give counts above 2`)

/** The same order every time it is run: chance would be one more difference between two revisions. */
function shuffler(): (items: string[]) => void {
  let seed = 1
  const below = (max: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * max)
  }
  return (items) => {
    for (let last = items.length - 1; last > 0; last--) {
      const other = below(last + 1)
      ;[items[last], items[other]] = [items[other]!, items[last]!]
    }
  }
}

/** Heartbeats of all members, evenly spread over half a second, again and again. */
function* managerLife(peer: CorePeer): Generator<void> {
  const members = [...peer.others]
  const shuffle = shuffler()
  const gapMs = heartbeatMs / members.length
  for (;;) {
    shuffle(members)
    for (const member of members) {
      peer.advance(gapMs)
      peer.heartbeat(member)
      yield
    }
  }
}

function* followerLife(peer: CorePeer): Generator<void> {
  const members = peer.others.filter((member) => member !== peer.managerPeerId)
  const shuffle = shuffler()
  for (;;) {
    shuffle(members)
    for (const member of members) {
      peer.advance(heartbeatMs)
      peer.heartbeat(peer.managerPeerId)
      peer.connection(member, 'disconnected')
      peer.advance(heartbeatMs)
      peer.heartbeat(peer.managerPeerId)
      peer.connection(member, 'connected')
      yield
    }
  }
}

function nsPerEvent(peer: CorePeer, life: Generator<void>): number {
  const before = { events: peer.events, cpu: process.cpuUsage(), at: performance.now() }
  do for (let turns = 0; turns < 50; turns++) life.next()
  while (performance.now() - before.at < runMs)
  const { user, system } = process.cpuUsage(before.cpu)
  return ((user + system) * 1_000) / (peer.events - before.events)
}

function best(role: 'manager' | 'follower', members: number): number {
  const peer = CorePeer[role](members)
  const life = role === 'manager' ? managerLife(peer) : followerLife(peer)
  nsPerEvent(peer, life)
  const figures = Array.from({ length: runs }, () => nsPerEvent(peer, life))
  peer.check(role)
  return Math.min(...figures)
}

function row(role: 'manager' | 'follower'): BenchRow & { readonly ratio: number } {
  const figures = counts.map((members) => best(role, members))
  const columns = figures.map((ns, at) => [`${counts[at]} members: ns`, Math.round(ns)])
  return { role, ...Object.fromEntries(columns), ratio: rounded(figures.at(-1)! / figures[0]!) }
}

const rows = [row('manager'), row('follower')]
report('core', rows, {
  json: values.json,
  notes: [`CPU ns per event, step and nextDeadline; ratio: ${counts.at(-1)} members to ${counts[0]}. Aim: at most ${ratioAim}.`]
})
if (rows.some(({ ratio }) => ratio > ratioAim)) process.exitCode = 1
