/** A cluster on one core, one attacker on another, for some seconds. */
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { type Place, Program } from '@auki/testkit/processes'
import { startDiscovery } from '../discovery.ts'
import { PeerProcess } from '../peers.ts'
import type { AttackerCall, AttackerInit, AttackerReport } from './attacker-process.ts'
import { attacks } from './attacks.ts'
import type { PeerCall, PeerInit, PeerReady, PeerReport } from './peer-process.ts'

export interface Figures {
  readonly managerP99Ms: number
  readonly managerMaxMs: number
  /** Of the members but the Manager, the worst. */
  readonly memberP99Ms: number
  readonly memberMaxMs: number
  readonly roleChanges: number
  /** The slowest of those that joined meanwhile; infinite: one did not get in. */
  readonly joinMs: number
  readonly gapMs: number
  readonly attackerMBps: number
  /** Requests, volleys or connections a second. */
  readonly attackerHz: number
  readonly managerRssMiB: number
}

/** Members, the Manager included. */
const members = 5
/** Between two newcomers. */
const newcomerEveryMs = 2_000
const settleMs = 1_000

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Binds this process, and what it starts from now on, to some of the cores. Throws where there is no `taskset`. */
export function pinTo(cores: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores, String(process.pid)], { stdio: 'ignore' })
}

export const allCores = `0-${cpus().length - 1}`

/** One run. `attack`: which, and its bytes per second; none: nothing but the cluster. */
export async function run(seconds: number, attack: Pick<AttackerInit, 'at' | 'rate'> | undefined): Promise<Figures> {
  await using stack = new AsyncDisposableStack()
  await using discovery = await startDiscovery()
  const place = { cluster: 'hostile', discoveryUrl: discovery.url }
  const start = async (part: PeerInit['part']): Promise<[Program<PeerCall>, PeerReady]> => {
    const peer = stack.use(new Program<PeerCall>(new URL('./peer-process.ts', import.meta.url), { ...place, part }))
    return [peer, await peer.call<PeerReady>('join')]
  }
  const [manager, ready] = await start('camera')
  const followers: [Program<PeerCall>, PeerReady][] = []
  for (let no = 1; no < members; no++) followers.push(await start(no === 1 ? 'viewer' : 'member'))
  const others = followers.map(([peer]) => peer)
  await using newcomers = new PeerProcess()
  const victim = attack !== undefined && attacks[attack.at]!.at === 'follower' ? followers[0]![1] : ready
  const target = { ...place, ...attack, manager: ready, victim }
  const attackerProgram = new URL('./attacker-process.ts', import.meta.url)
  const attacker = attack && stack.use(new Program<AttackerCall>(attackerProgram, target, { under: ['taskset', '-c', '1'] }))
  await attacker?.call('prepare')
  await pause(settleMs)
  for (const peer of [manager, ...others]) peer.send('begin')
  attacker?.send('begin')
  const beganMs = performance.now()
  const joinMs = await comeAndGo(newcomers, place, seconds * 1_000)
  const { bytes, strikes } = (await attacker?.call<AttackerReport>('report')) ?? { bytes: 0, strikes: 0 }
  const tookMs = performance.now() - beganMs
  const [ofManager, ...ofOthers] = await Promise.all([manager, ...others].map((peer) => peer.call<PeerReport>('report')))
  await newcomers.kill()
  return figures(ofManager!, ofOthers, { joinMs, attackerMBps: bytes / tookMs / 1_000, attackerHz: (strikes / tookMs) * 1_000 })
}

function figures(
  manager: PeerReport,
  others: readonly PeerReport[],
  more: Pick<Figures, 'joinMs' | 'attackerMBps' | 'attackerHz'>
): Figures {
  const worst = (of: (report: PeerReport) => number): number => Math.max(...others.map(of))
  return {
    managerP99Ms: manager.lagP99Ms,
    managerMaxMs: manager.lagMaxMs,
    memberP99Ms: worst(({ lagP99Ms }) => lagP99Ms),
    memberMaxMs: worst(({ lagMaxMs }) => lagMaxMs),
    roleChanges: [manager, ...others].reduce((sum, { roleChanges }) => sum + roleChanges, 0),
    gapMs: worst(({ gapMs }) => gapMs),
    managerRssMiB: manager.rssMiB,
    ...more
  }
}

/** Newcomers join and leave, one after the other, for so long; how long the slowest had to wait. */
async function comeAndGo(home: PeerProcess, { cluster, discoveryUrl }: Place, forMs: number): Promise<number> {
  const endMs = performance.now() + forMs
  let slowestMs = 0
  for (;;) {
    const newcomer = await home.join(cluster, discoveryUrl).catch(() => undefined)
    const tookMs = newcomer === undefined ? Number.POSITIVE_INFINITY : Number(newcomer.joinedAtNs - newcomer.calledAtNs) / 1e6
    slowestMs = Math.max(slowestMs, tookMs)
    await newcomer?.leave()
    const leftMs = endMs - performance.now()
    if (leftMs <= 0) return slowestMs
    await pause(Math.min(newcomerEveryMs, leftMs))
    if (performance.now() >= endMs) return slowestMs
  }
}
