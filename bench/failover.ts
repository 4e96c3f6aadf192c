/**
 * `npm run bench:failover`: how long a cluster has no Manager when its process is killed, and when it leaves.
 *
 * Every peer is a process; times are taken on the machine's one monotonic clock, from the SIGKILL (or the call of `leave`) to a Manager that Discovery has
 * committed and that all survivors follow. The one that is gone is replaced before the next. So are members, under every preset, until all know. Where they
 * are installed, an `etcdctl lock` holder and an agent of serf are killed the same way. Ends with 1 when a Manager was missing for longer than its row lives and 250 ms.
 * Options: `-- --kills 30 --peers 5 --json`.
 */
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { PresetName } from '@auki/domain'
import { startDiscovery } from './support/discovery.ts'
import { Etcd, etcdVersion, lockFailover } from './support/etcd.ts'
import { Cluster, type HandOver } from './support/failover.ts'
import { type BenchRow, percentile, report, rounded, spread } from './support/report.ts'
import { serfVersion } from './support/serf.ts'
import { serfFailover } from './support/serf-failover.ts'

/** A takeover may cost this much more than the life of the row. ms */
const marginMs = 250
const rowLivesMs = [3_000, 1_000]
const handOverAimMs = 150
const lockTtlsSeconds = [2, 5]
const serfProfiles = ['local', 'lan'] as const
/** The yardsticks are slower, and less is asked of them. */
const yardstickKillsMax = 10
const presets: readonly PresetName[] = ['lan', 'wifi', 'robust']
/** For a member that was killed: its process is gone, which its host says. */
const memberAimMs = 1_500
/** Kills are spread over the time between two liveness checks. */
const livenessIntervalMs = 1_000

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '30' }, peers: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } }
})
const kills = Number(values.kills)
const peers = Number(values.peers)
const yardstickKills = Math.min(kills, yardstickKillsMax)

const say = (text: string): void => {
  if (!values.json) console.error(text)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs it as often as asked, each time with all peers there, and at another moment between two liveness checks. */
async function repeated<T>(what: string, cluster: Cluster, times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let time = 1; time <= times; time++) {
    while (cluster.size < peers) await cluster.grow()
    await pause((livenessIntervalMs * time) / times)
    results.push(await work())
    say(`${what} ${time} of ${times}: ${JSON.stringify(results.at(-1))}`)
  }
  return results
}

async function killed(rowLifeMs: number): Promise<BenchRow> {
  await using discovery = await startDiscovery(['--row-life', `${rowLifeMs}ms`])
  await using cluster = new Cluster('failover', discovery.url)
  const takenMs = await repeated('kill', cluster, kills, async () => rounded(await cluster.loseManager()))
  const limitMs = rowLifeMs + marginMs
  const late = takenMs.filter((ms) => ms > limitMs).length
  return { what: 'Manager killed', setting: `row life ${rowLifeMs / 1_000} s`, runs: kills, ...spread(takenMs), limitMs, late }
}

async function left(): Promise<BenchRow[]> {
  await using discovery = await startDiscovery()
  await using cluster = new Cluster('leaving', discovery.url)
  const handOvers: HandOver[] = await repeated('leave', cluster, kills, () => cluster.dismissManager())
  const row = (what: string, ms: readonly number[]): BenchRow => ({ what, setting: 'row life 3 s', runs: kills, ...spread(ms) })
  const [overMs, refusedMs] = [handOvers.map(({ ms }) => ms), handOvers.map(({ refusedMs: ms }) => ms)]
  const missed = percentile(overMs, 0.5) > handOverAimMs ? 'missed' : 'met'
  return [
    { ...row('Manager leaves', overMs), aim: `median ${handOverAimMs} ms: ${missed}` },
    {
      ...row('joins refused while it leaves', refusedMs),
      aim: `${handOverAimMs} ms: ${Math.max(...refusedMs) > handOverAimMs ? 'missed' : 'met'}`
    }
  ]
}

/** `serfMs`: what serf's default profile took, if it is there. */
async function memberKilled(preset: PresetName, serfMs: number | undefined): Promise<BenchRow> {
  await using discovery = await startDiscovery()
  await using cluster = new Cluster(`members-${preset}`, discovery.url, { preset })
  const takenMs = await repeated('member killed', cluster, yardstickKills, async () => rounded(await cluster.loseMember()))
  const { medianMs, ...others } = spread(takenMs)
  const aim = `median ${memberAimMs} ms: ${medianMs > memberAimMs ? 'missed' : 'met'}`
  const ratio = serfMs === undefined ? {} : { ratio: Math.round((100 * medianMs) / serfMs) / 100 }
  return { what: 'member killed, all know', setting: `preset ${preset}`, runs: yardstickKills, ...others, medianMs, aim, ...ratio }
}

async function lockHolderKilled(): Promise<BenchRow[]> {
  const what = 'etcdctl lock: holder killed'
  if (etcdVersion() === undefined) return [{ what, setting: 'not installed (Debian packages: etcd-server, etcd-client)' }]
  await using etcd = await Etcd.start()
  const rows: BenchRow[] = []
  for (const ttl of lockTtlsSeconds) {
    say(`${what}, TTL ${ttl} s`)
    const takenMs = await lockFailover(etcd.url, ttl, yardstickKills, peers - 1)
    rows.push({ what, setting: `TTL ${ttl} s`, runs: yardstickKills, ...spread(takenMs) })
  }
  return rows
}

async function agentKilled(): Promise<BenchRow[]> {
  const what = 'serf: agent killed, all know'
  if (serfVersion() === undefined) return [{ what, setting: 'not installed (Debian package: serf)' }]
  const rows: BenchRow[] = []
  for (const profile of serfProfiles) {
    say(`${what}, profile ${profile}`)
    rows.push({ what, setting: `profile ${profile}`, runs: yardstickKills, ...spread(await serfFailover(profile, yardstickKills, peers)) })
  }
  return rows
}

/** A yardstick that does not come together costs its own lines only. */
async function yardstick(what: string, work: () => Promise<BenchRow[]>): Promise<BenchRow[]> {
  try {
    return await work()
  } catch (error) {
    return [{ what, setting: `gave up: ${error instanceof Error ? error.message : String(error)}` }]
  }
}

const rows: BenchRow[] = []
function add(more: readonly BenchRow[]): void {
  for (const row of more) say(JSON.stringify(row))
  rows.push(...more)
}

for (const rowLifeMs of rowLivesMs) add([await killed(rowLifeMs)])
add(await left())
const missed = rows.some(({ late = 0 }) => late !== 0)
add(await yardstick('etcdctl lock: holder killed', lockHolderKilled))
const serf = await yardstick('serf: agent killed, all know', agentKilled)
add(serf)
const serfMs = serf.find(({ setting }) => setting === 'profile lan')?.['medianMs'] as number | undefined
for (const preset of presets) add([await memberKilled(preset, serfMs)])
report('failover', rows, {
  json: values.json,
  notes: [
    `${peers} peers, one process each. From the SIGKILL, or the call of leave, to a Manager committed and followed by all survivors.`,
    "Ratio: our median by that of serf's default profile, lan.",
    'Joins refused: from the call of leave until a peer that asks all the time was let in.',
    `Load while it ended: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}`
  ]
})
if (missed) process.exitCode = 1
