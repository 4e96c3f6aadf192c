/** Many runs, on all cores of this machine. */
import { availableParallelism } from 'node:os'
import { WorkProcess } from '../work-process.ts'
import type { Mutant } from './mutants.ts'
import type { Verdict } from './simulate.ts'
import type { Detail } from './trace.ts'
import type { WorkerTask } from './worker.ts'

export interface RunSeedsOptions {
  readonly first: number
  readonly count: number
  readonly mutant?: Mutant | undefined
  readonly detail?: Detail
  /** Enough violations seen: the rest is left out. */
  readonly stopAfter?: number
  readonly workers?: number
  onVerdict?(verdict: Verdict): void
}

const batch = 10

/** The verdicts, in order of seed. Rejects when a run throws: then the simulator is broken, not the core. */
export async function runSeeds(options: RunSeedsOptions): Promise<Verdict[]> {
  const { first, count, mutant, detail = 'none', stopAfter = Number.POSITIVE_INFINITY, workers = availableParallelism() } = options
  const verdicts: Verdict[] = []
  let next = first
  let violations = 0
  const take = (): number[] => {
    const size = violations >= stopAfter ? 0 : Math.min(batch, first + count - next)
    const seeds = Array.from({ length: size }, (_, index) => next + index)
    next += size
    return seeds
  }
  const onVerdict = (verdict: Verdict): void => {
    verdicts.push(verdict)
    if (verdict.violation !== undefined) violations++
    options.onVerdict?.(verdict)
  }
  await Promise.all(Array.from({ length: Math.min(workers, Math.ceil(count / batch)) }, () => work({ mutant, detail }, take, onVerdict)))
  return verdicts.sort((a, b) => a.seed - b.seed)
}

/** One worker, fed until nothing is left. */
async function work(task: WorkerTask, take: () => number[], onVerdict: (verdict: Verdict) => void): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let due = 0
  const feed = (): void => {
    const seeds = take()
    due = seeds.length
    if (due === 0) resolve()
    else worker.send(seeds)
  }
  const onResult = (verdict: Verdict): void => {
    onVerdict(verdict)
    if (--due === 0) feed()
  }
  const program = new URL('./worker.ts', import.meta.url)
  await using worker: WorkProcess<readonly number[], Verdict> = new WorkProcess(program, task, { onReady: feed, onResult })
  await Promise.race([promise, worker.failed])
}
