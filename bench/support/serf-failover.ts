/** A yardstick: how long agents of serf take to tell that one of them was killed. */
import { until } from '../../packages/cli/src/child.ts'
import { type Agent, newAgent, type SerfProfile, startAgents } from './serf.ts'

const noticedMs = 120_000

/** From the SIGKILL of an agent until all others say that it failed; ms, for each kill. */
export async function serfFailover(profile: SerfProfile, kills: number, count: number): Promise<number[]> {
  const takenMs: number[] = []
  let agents = await startAgents(count, profile)
  for (const agent of agents.slice(1)) await agent.join(agents[0]!)
  await allVisible(agents)
  while (takenMs.length < kills) {
    const [victim, ...others] = agents as [Agent, ...Agent[]]
    const killedAtNs = process.hrtime.bigint()
    await victim.end()
    takenMs.push(Number((await noticed(victim, others)) - killedAtNs) / 1e6)
    const another = await newAgent(`n${count + takenMs.length}`, profile)
    await another.join(others[0]!)
    agents = [...others, another]
    await allVisible(agents)
  }
  await Promise.all(agents.map((agent) => agent.end()))
  return takenMs
}

async function allVisible(agents: readonly Agent[]): Promise<void> {
  const look = (): true | undefined => agents.every(({ sawAtNs }) => agents.every(({ name }) => sawAtNs.has(name))) || undefined
  await until('every serf agent sees every other', agents, look, { withinMs: noticedMs })
}

/** The moment at which the last one noticed. ns */
function noticed({ name }: Agent, others: readonly Agent[]): Promise<bigint> {
  const look = (): bigint | undefined => {
    const times = others.map(({ failedAtNs }) => failedAtNs.get(name))
    return times.every((time) => time !== undefined) ? times.reduce((a, b) => (a > b ? a : b)) : undefined
  }
  return until(`every serf agent notices that ${name} is gone`, others, look, { withinMs: noticedMs })
}
