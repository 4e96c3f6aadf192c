/** Domain time while one Manager after the other is killed: how far it steps on those that are left, and whether they had said so. */
import { startDiscovery } from './discovery.ts'
import type { DomainStep, DomainSteps } from './domain-steps.ts'
import { Cluster } from './failover.ts'
import { type BenchRow, percentile, rounded } from './report.ts'

const peers = 3
const rowLifeMs = 1_000
/** Another clock is known well by then, and a new Manager has been heard of. */
const settleMs = 1_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const us = (ns: bigint): number => Number(ns) / 1e3

/** One line for each question about what was seen: every peer is a process, read every 5 ms. */
export async function domainTimeOverKills(kills: number, say: (text: string) => void): Promise<BenchRow[]> {
  await using discovery = await startDiscovery(['--row-life', `${rowLifeMs}ms`])
  await using cluster = new Cluster('clock-kills', discovery.url, { settles: false })
  const seen: DomainSteps[] = []
  for (let kill = 1; kill <= kills; kill++) {
    while (cluster.size < peers) await cluster.grow()
    await cluster.domainSteps() // from now on they are watched, also those that have just come
    await pause(settleMs)
    const takenMs = await cluster.loseManager()
    await pause(settleMs)
    const survivors = await cluster.domainSteps()
    seen.push(...survivors)
    say(
      `kill ${kill} of ${kills}: ${Math.round(takenMs)} ms, steps of ${handovers(survivors).map(({ stepNs }) => us(stepNs).toFixed(1))} us`
    )
  }
  const steps = seen.flatMap((one) => one.steps)
  const readings = seen.reduce((sum, one) => sum + one.readings, 0)
  const failed = seen.reduce((sum, one) => sum + one.failed, 0)
  return [
    {
      ...row(
        'another Manager backs it',
        kills,
        steps.filter(({ isHandover }) => isHandover)
      ),
      readings,
      failed
    },
    {
      ...row(
        'the largest other step, per survivor and kill',
        kills,
        steps.filter(({ isHandover }) => !isHandover)
      ),
      allExceeding: seen.reduce((sum, one) => sum + one.exceeded, 0)
    },
    row(
      'since a survivor was first read',
      kills,
      seen.flatMap(({ sinceFirst }) => sinceFirst ?? [])
    )
  ]
}

const handovers = (survivors: readonly DomainSteps[]): DomainStep[] =>
  survivors.flatMap(({ steps }) => steps.filter(({ isHandover }) => isHandover))

function row(what: string, kills: number, steps: readonly DomainStep[]): BenchRow {
  const stepsUs = steps.map(({ stepNs }) => us(stepNs))
  const statedUs = steps.map(({ uncertaintyNs }) => us(uncertaintyNs))
  return {
    what,
    kills,
    steps: steps.length,
    p50Us: rounded(percentile(stepsUs, 0.5)),
    maxUs: rounded(percentile(stepsUs, 1)),
    statedMinUs: rounded(percentile(statedUs, 0)),
    statedP50Us: rounded(percentile(statedUs, 0.5)),
    exceeding: steps.filter(({ stepNs, uncertaintyNs }) => stepNs > uncertaintyNs).length
  }
}
