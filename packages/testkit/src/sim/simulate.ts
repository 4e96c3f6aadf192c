/**
 * One run: a plan is drawn from the seed, things go wrong and safety is checked at every step; then all is mended, and the cluster has to agree in time.
 */
import { createHash } from 'node:crypto'
import { disagreement } from './agreement.ts'
import { inspectionOf } from './checkers.ts'
import type { Violation } from './checks.ts'
import { describeCommand } from './commands.ts'
import type { Core } from './core.ts'
import { examine } from './exams.ts'
import { mend, perform } from './perform.ts'
import { drawPlan, type Plan } from './plan.ts'
import { Random } from './random.ts'
import type { Detail } from './trace.ts'
import { World } from './world.ts'

export interface Verdict {
  readonly seed: number
  readonly violation: Violation | undefined
  /** Same seed, same core: same hash. */
  readonly hash: string
  readonly steps: number
  /** Simulated ms × peers. */
  readonly peerMs: number
  /** From mending to the agreement that lasted, ms. */
  readonly agreedAfterMs: number
  /** Requests of the busiest peer to Discovery in its busiest ten seconds. */
  readonly busiest: number
  /** Living members that were evicted although another member was connected to them. */
  readonly livingEvicted: number
  readonly summary: string
  readonly transcript: readonly string[]
}

/** What a run told, of the detail `told`, as 16 hex digits. */
export function storyOf({ transcript }: Pick<Verdict, 'transcript'>): string {
  return createHash('sha256').update(transcript.join('\n')).digest('hex').slice(0, 16)
}

export interface SimulateOptions {
  readonly core: Core
  readonly seed: number
  readonly detail?: Detail
}

/** All that is alive agrees at the latest this long after everything was mended. */
const agreeWithinMs = 45_000
/**
 * Longer beside peers that follow the reference's rules: one of them may take the role from a living Manager a loss timeout after the mending, and who keeps
 * no watch on the row finds that out by the silence of the one it follows.
 */
const agreeWithinMixedMs = 60_000
/** A row that lives longer may stand so much longer in everybody's way. */
const usualLifeMs = 3_000
const lookEveryMs = 250
const lastsMs = 5_000
const reviveAgainMs = 5_000
const rateError = 200e-6

export function simulate({ core, seed, detail = 'none' }: SimulateOptions): Verdict {
  const plan = drawPlan(seed)
  const run = build(core, plan, detail)
  const { world, docket, trace } = run
  for (const { atMs, command } of plan.commands) {
    world.queue.at(atMs, () => {
      trace.note('fault', describeCommand(command))
      perform(world, command)
    })
  }
  world.queue.runUntil(plan.mendMs)
  const agreedAfterMs = docket.violation === undefined ? liveUp(run, plan) : 0
  return {
    seed,
    violation: docket.violation,
    hash: trace.hash,
    steps: run.steps(),
    peerMs: world.queue.now * plan.peers.length,
    agreedAfterMs,
    busiest: run.manners.busiest,
    livingEvicted: run.losses.livingEvicted,
    summary: plan.summary,
    transcript: trace.lines
  }
}

function build(core: Core, plan: Plan, detail: Detail) {
  const inspection = inspectionOf(() => world, core, detail)
  const { seed, peers, jitter } = plan
  const world: World = new World({ core, seed, peers, spareMachines: 2, jitter, rateError, inspector: inspection.inspector })
  setDelays(world, plan)
  return { world, ...inspection }
}

function setDelays(world: World, { seed, peers, peerDelayMs, discoveryDelayMs }: Plan): void {
  const random = new Random(seed, 3)
  const machines = peers.length + 2
  for (let a = 0; a < machines; a++) {
    for (let b = 0; b < a; b++) world.wire.setDelay(a, b, random.between(...peerDelayMs))
    world.wire.setDelay(a, world.discoveryMachine, random.between(...discoveryDelayMs))
  }
}

/** Mends everything and waits for an agreement that lasts; the ms until it began. */
function liveUp({ world, docket, trace }: ReturnType<typeof build>, plan: Plan): number {
  trace.note('fault', 'all is mended')
  mend(world)
  retireTwins(world)
  revive(world, plan)
  world.queue.after(reviveAgainMs, () => revive(world, plan)) // whoever found out only now that a twin had its place
  const longestLifeMs = Math.max(...plan.peers.map(({ settings }) => settings.rowLifeMs ?? usualLifeMs))
  const withinMs = (plan.peers.some(({ reference }) => reference) ? agreeWithinMixedMs : agreeWithinMs) + longestLifeMs - usualLifeMs
  let since = world.queue.now
  let why: string | undefined
  while (!world.queue.halted && world.queue.now - since < lastsMs) {
    world.queue.runUntil(world.queue.now + lookEveryMs)
    why = disagreement(world, plan.clusterName)
    if (why !== undefined) since = world.queue.now
    if (since - plan.mendMs > withinMs) docket.report('agrees-in-time', undefined, `${withinMs} ms after mending: ${why}`)
  }
  const agreedAfterMs = since - plan.mendMs
  if (!world.queue.halted) examine(world, plan, docket, trace)
  return agreedAfterMs
}

function retireTwins(world: World): void {
  for (const peer of world.peers.values()) {
    if (!peer.plan.name.endsWith("'")) continue
    peer.wanted = false
    peer.process?.stop('crashed')
  }
}

/** Starts who does not run, and once more who runs as a viewer but is none. */
function revive(world: World, plan: Plan): void {
  for (const name of plan.revived) {
    const peer = world.peer(name)
    if (peer.process?.spec.observer !== peer.plan.observer) peer.process?.stop('crashed')
    peer.observer = peer.plan.observer
    world.start(peer)
  }
}
