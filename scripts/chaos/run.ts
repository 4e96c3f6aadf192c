/** Rounds of faults, each followed by mending everything and waiting until all agree; then the judgement. */
import { Random } from '../../packages/testkit/src/sim/random.ts'
import { agreement } from './agreement.ts'
import { Cluster } from './cluster.ts'
import { happen } from './faults.ts'
import type { Entry } from './history.ts'
import { judge, type Ruling } from './judge.ts'
import { type Fault, planRound } from './plan.ts'

export const rowLifeMs = 3_000
/** After everything was mended. A peer that comes back looks at the row every 2 s and tries to rejoin at most 5 s apart. */
export const agreeWithinMs = 30_000
/** One that could not join tries again. */
const retryMs = 1_000

export interface ChaosInit {
  readonly seed: number
  readonly peers: number
  readonly rounds: number
  readonly roundMs: number
}

export interface ChaosResult {
  readonly history: readonly Entry[]
  readonly rulings: readonly Ruling[]
  /** How often each kind of fault happened. */
  readonly faults: ReadonlyMap<Fault['what'], number>
  readonly joinsRefused: number
}

export async function runChaos(init: ChaosInit, say: (line: string) => void): Promise<ChaosResult> {
  const random = new Random(init.seed)
  const faults = new Map<Fault['what'], number>()
  await using cluster = await Cluster.start({ ...init, rowLifeMs })
  const chaos = new Chaos(cluster, faults, say)
  for (let round = 1; round <= init.rounds; round++) {
    say(`round ${round}`)
    await chaos.play(planRound(random, init.peers, init.roundMs), init.roundMs)
    const { tookMs, disagreement } = await chaos.agreed()
    say(disagreement === undefined ? `  all agree ${Math.round(tookMs)} ms after mending` : `  no agreement: ${disagreement}`)
    if (disagreement !== undefined) break
  }
  chaos.stop()
  const rulings = judge(cluster.history, { rowLifeMs, agreeWithinMs })
  return { history: [...cluster.history], rulings, faults, joinsRefused: chaos.joinsRefused }
}

class Chaos {
  readonly #cluster: Cluster
  readonly #faults: Map<Fault['what'], number>
  readonly #say: (line: string) => void
  readonly #retrying: NodeJS.Timeout
  readonly #refused = new Set<string>()

  constructor(cluster: Cluster, faults: Map<Fault['what'], number>, say: (line: string) => void) {
    this.#cluster = cluster
    this.#faults = faults
    this.#say = say
    this.#retrying = setInterval(() => this.#retry(), retryMs)
  }

  get joinsRefused(): number {
    return this.#refused.size
  }

  stop(): void {
    clearInterval(this.#retrying)
  }

  /** Resolves when the round is over and everything is undone. */
  async play(faults: readonly Fault[], roundMs: number): Promise<void> {
    const startMs = performance.now()
    const pause = (untilMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, startMs + untilMs - performance.now()))
    const undone = faults.map(async (fault) => {
      await pause(fault.atMs)
      const happening = happen(this.#cluster, fault)
      if (happening === undefined) return
      this.#faults.set(fault.what, (this.#faults.get(fault.what) ?? 0) + 1)
      this.#say(`  ${(fault.atMs / 1_000).toFixed(1).padStart(5)} s  ${happening.text}, for ${(fault.forMs / 1_000).toFixed(1)} s`)
      await pause(fault.atMs + fault.forMs)
      await happening.undo()
    })
    await Promise.all([...undone, pause(roundMs)])
  }

  async agreed(): Promise<{ tookMs: number; disagreement: string | undefined }> {
    const result = await agreement(this.#cluster, agreeWithinMs)
    this.#cluster.note({ kind: 'mended', atNs: process.hrtime.bigint(), ...result })
    return result
  }

  /** Whom nobody could let in comes again. */
  #retry(): void {
    for (const place of this.#cluster.places) {
      const life = this.#cluster.lastLife(place)
      if (life?.refusal === undefined || !life.isOver || this.#refused.has(life.who)) continue
      this.#refused.add(life.who)
      this.#say(`           ${life.who} could not join (${life.refusal.code}), tries again`)
      void this.#cluster.startPeer(place)
    }
  }
}
