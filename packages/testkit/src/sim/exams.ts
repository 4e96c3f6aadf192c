/**
 * An exam after the calm: one thing happens to a healthy cluster, in good weather, and the bounds are tight.
 *
 * Whoever goes on living must keep its place: a new Manager takes the document over, nobody begins anew.
 */
import { disagreement } from './agreement.ts'
import type { Docket } from './checks.ts'
import type { Name, WorldCommand } from './commands.ts'
import type { Settings } from './core.ts'
import { perform } from './perform.ts'
import type { Plan } from './plan.ts'
import { Random } from './random.ts'
import type { Trace } from './trace.ts'
import type { Peer, PeerPlan, World } from './world.ts'

interface Situation {
  readonly random: Random
  readonly manager: Name
  readonly others: readonly Name[]
  readonly observers: readonly Name[]
  /** Peers that do not run. */
  readonly absent: readonly Name[]
  /** Whoever could take over sees the row go at once. */
  readonly watched: boolean
  /** All see at once that a Manager which moved began a new reign; otherwise they look when it is lost. */
  readonly allWatch: boolean
  /** A newcomer is refused only where the rules say so: no gate fails by chance. */
  readonly admits: boolean
  /** A round trip takes no more than a fraction of the time that leaving may take. */
  readonly quick: boolean
  /** Members are lost sooner than the lease. */
  readonly lan: boolean
  /** The longest loss timeout of all. */
  readonly lossMs: number
}

interface Exam {
  readonly commands: readonly { readonly afterMs: number; readonly command: WorldCommand }[]
  /** Who may lose its place. */
  readonly loses: readonly Name[]
  /** The cluster agrees again this long after the last command, or after what noticing a lost Manager takes. */
  readonly withinMs: number
  readonly noticing: boolean
}

type ExamKind = (situation: Situation) => Exam | undefined

const lasts = 3_000
const lookEveryMs = 50
const quickDelayMs = 40
const quickWatchMs = 500
const examChance = 0.6

const exam = (commands: Exam['commands'], loses: readonly Name[], withinMs: number, noticing: boolean): Exam => ({
  commands,
  loses,
  withinMs,
  noticing
})
const once = (command: WorldCommand): Exam['commands'] => [{ afterMs: 0, command }]

const kinds: Readonly<Record<string, ExamKind>> = {
  crash: ({ manager }) => exam(once({ do: 'crash', who: manager }), [manager], 3_000, true),
  // It says no farewell: it stays a member, which only others hear, until it was silent for a loss timeout.
  powerOff: ({ manager, lossMs }) => exam(once({ do: 'power-off', who: manager }), [manager], 3_000 + lossMs, true),
  restart: ({ manager, random, watched, admits }) => {
    if (!watched || !admits) return undefined // whoever notices later than the grace is too late
    const restart = { do: 'restart', who: manager, moved: random.chance(0.5), observer: false } as const
    return exam([...once({ do: 'crash', who: manager }), { afterMs: random.between(100, 1_500), command: restart }], [manager], 6_000, true)
  },
  newcomer: ({ manager, absent, random, watched, admits }) => {
    const who = absent.find((name) => !name.endsWith("'"))
    if (who === undefined || !watched || !admits) return undefined
    return exam(
      [...once({ do: 'crash', who: manager }), { afterMs: random.between(0, 1_500), command: { do: 'start', who } }],
      [manager],
      6_000,
      true
    )
  },
  leave: ({ manager, quick }) => (quick ? exam(once({ do: 'leave', who: manager }), [manager], 2_500, false) : undefined),
  offline: ({ manager }) => exam(cutOff(manager), [], 6_000, false),
  isolated: ({ manager, others, lan }) =>
    // With a short loss timeout it evicts the first ones before it knows that it lost them all.
    exam(once({ do: 'isolate', who: [manager], forMs: 8_000 }), lan ? [manager, ...others] : [manager], 14_000, true),
  /** Longer than anybody waits: awake, it is taken in at once. */
  asleep: ({ others, random, admits }) => {
    const who = random.pick(others)
    return admits ? exam(once({ do: 'suspend', who, forMs: 20_000 }), [who], 5_000, false) : undefined
  },
  roams: ({ manager, others, random, lan, admits, allWatch, lossMs }) => {
    const roam = once({ do: 'roam', who: random.pick([manager, ...others]) })
    return admits ? exam(roam, lan ? [manager, ...others] : [], 8_000 + (allWatch ? 0 : lossMs), false) : undefined
  },
  stopped: ({ manager }) => exam(once({ do: 'freeze', who: manager, forMs: 1_600 }), [], 5_000, false),
  viewersLeave: ({ observers, quick }) =>
    observers.length < 2 || !quick
      ? undefined
      : exam(
          observers.map((who) => ({ afterMs: 0, command: { do: 'leave', who } })),
          observers,
          1_500,
          false
        )
}

/** The Manager alone loses Discovery, for longer than its row lives. */
function cutOff(manager: Name): Exam['commands'] {
  const forMs = 8_000
  return [
    { afterMs: 0, command: { do: 'cut', from: [manager], to: ['discovery'], forMs } },
    { afterMs: 0, command: { do: 'cut', from: ['discovery'], to: [manager], forMs } }
  ]
}

const lifeOfRow = ({ service }: World, { clusterName }: Plan): number => service.row(clusterName)?.sweepAfterMs ?? 3_000

/** How long a lost Manager may go unnoticed, until its row is swept or it is missed. */
function noticingMs(peers: readonly Peer[], lifeMs: number): number {
  const worst = (settings: Settings, lateMs: number): number =>
    lifeMs + (settings.watch ? lateMs : settings.peerLossTimeoutMs + 2 * settings.rowRecheckMs)
  return Math.max(...peers.map(({ plan }) => worst(plan.settings, plan.watchLateMs)))
}

/** Holds an exam, or none; the ms it took to agree again, beyond what noticing takes. */
export function examine(world: World, plan: Plan, docket: Docket, trace: Trace): void {
  const random = new Random(plan.seed, 200)
  const situation = situationOf(world, plan, random)
  if (!random.chance(examChance) || situation === undefined) return
  const name = random.pick(Object.keys(kinds))
  const drawn = kinds[name]!(situation)
  if (drawn === undefined) return
  trace.note('exam', name)
  const before = joinTimes(world)
  for (const { afterMs, command } of drawn.commands) world.queue.after(afterMs, () => perform(world, command))
  const duration = Math.max(...drawn.commands.map(({ afterMs, command }) => afterMs + ('forMs' in command ? command.forMs : 0)))
  const noticing = drawn.noticing ? noticingMs([...world.peers.values()], lifeOfRow(world, plan)) : 0
  world.queue.runUntil(world.queue.now + 1)
  agreeAgain(world, plan, docket, `exam ${name}`, duration + noticing + drawn.withinMs)
  checkPlaces(world, docket, before, drawn.loses)
}

function agreeAgain(world: World, plan: Plan, docket: Docket, what: string, withinMs: number): void {
  const began = world.queue.now
  let since = began
  while (!world.queue.halted && world.queue.now - since < Math.max(lasts, withinMs / 2)) {
    world.queue.runUntil(world.queue.now + lookEveryMs)
    const why = disagreement(world, plan.clusterName)
    if (why !== undefined) since = world.queue.now
    if (since - began > withinMs) docket.report('agrees-after-exam', undefined, `${what}: ${Math.round(withinMs)} ms later: ${why}`)
  }
}

function situationOf(world: World, plan: Plan, random: Random): Situation | undefined {
  const manager = world.living().find((process) => process.view().isManager)?.spec.name
  const peers = [...world.peers.values()]
  const running = peers.filter(({ process }) => process?.alive).map(({ plan }) => plan.name)
  const others = running.filter((name) => name !== manager)
  const isObserver = (name: Name): boolean => world.peer(name).process?.spec.observer === true
  const isHeir = (name: Name): boolean => !isObserver(name) && world.peer(name).plan.reach !== 'nowhere'
  // The reference keeps no time and no place: after its election or its hasty eviction the bounds of an exam say nothing about ours.
  if (
    world.liars.size > 0 ||
    peers.some(({ plan }) => plan.reference) ||
    !isHealthy(world) ||
    manager === undefined ||
    !others.some(isHeir)
  )
    return undefined
  const absent = peers.map(({ plan }) => plan.name).filter((name) => !running.includes(name))
  const heirs = others.filter(isHeir).map((name) => world.peer(name).plan)
  const watches = ({ settings, watchLateMs }: PeerPlan): boolean => settings.watch && watchLateMs <= quickWatchMs
  const watched = heirs.every(watches)
  const allWatch = plan.peers.every(watches)
  const admits = heirs.every(({ gate }) => (gate?.failChance ?? 0) === 0)
  const lossMs = Math.max(...plan.peers.map(({ settings }) => settings.peerLossTimeoutMs))
  const lan = plan.peers.some(({ settings }) => settings.peerLossTimeoutMs < lifeOfRow(world, plan))
  const quick = Math.max(...plan.peerDelayMs, ...plan.discoveryDelayMs) <= quickDelayMs
  return { random, manager, others, observers: others.filter(isObserver), absent, watched, allWatch, admits, quick, lan, lossMs }
}

/** Everybody is connected to everybody, and both ends know; and whoever watches the row does so by now. */
function isHealthy(world: World): boolean {
  const living = world.living()
  const nodes = living.map(({ node }) => node)
  if (living.some(({ spec, state }) => spec.settings.watch && !state.watchUp)) return false
  return nodes.every((a) => nodes.every((b) => a === b || a.connectionTo(b.peer)?.isOpen(b) === true))
}

function joinTimes(world: World): ReadonlyMap<string, bigint> {
  const manager = world.living().find((process) => process.view().isManager)
  return new Map(manager?.view().membership.peers.map(({ peerId, joinTsNs }) => [peerId, joinTsNs]))
}

function checkPlaces(world: World, docket: Docket, before: ReadonlyMap<string, bigint>, loses: readonly Name[]): void {
  const lost = new Set(loses.map((name) => world.peer(name).id))
  const after = joinTimes(world)
  const moved = [...before.keys()].filter((peer) => !lost.has(peer) && after.get(peer) !== before.get(peer))
  if (moved.length > 0) docket.report('places-are-kept', undefined, `${moved.join(', ')} lost the place it had`)
}
