/**
 * A cluster without Discovery: a directory that comes back without its rows, and one that is away for a while.
 *
 * Nothing may change hands: the same Manager registers again, nobody is elected, members keep their join times, heartbeats go on, joins are answered.
 */
import { agreement } from './agreement.ts'
import { Cluster } from './cluster.ts'
import { type Entry, entriesOf, msBetween } from './history.ts'
import { judge, type Ruling } from './judge.ts'
import type { PeerLife } from './peer-life.ts'
import { agreeWithinMs, rowLifeMs } from './run.ts'

/** Headless to Manager again, once Discovery takes requests. ms */
const recoveryMsMax = 2_000
/** A beat is missed at most. ms */
const heartbeatAgeMsMax = 1_500
/** They come ten times a second. ms */
const tickAgeMsMax = 1_500
/** A request to Discovery may take 2 s to fail. ms */
const refusalMsMax = 5_000

export interface Figure {
  readonly what: string
  readonly value: string
  readonly bound: string
}

export interface OutageResult {
  readonly figures: readonly Figure[]
  readonly rulings: readonly Ruling[]
}

export interface OutageInit {
  readonly seed: number
  readonly peers: number
  readonly downMs: number
}

export async function playOutage({ seed, peers, downMs }: OutageInit): Promise<OutageResult> {
  await using cluster = await Cluster.start({ seed, peers, rowLifeMs })
  await agreedOrThrow(cluster)
  for (const life of cluster.lives) life.readTicks()
  await cluster.until('all read the ticks of all', () => cluster.lives.every(({ streams }) => streams?.sources === peers - 1) || undefined)
  const emptied = await loseRows(cluster)
  const away = await goWithout(cluster, downMs)
  const figures = [...emptied.figures, ...away.figures]
  return { figures, rulings: [...emptied.rulings, ...away.rulings, ...judge(cluster.history, { rowLifeMs, agreeWithinMs })] }
}

async function agreedOrThrow(cluster: Cluster): Promise<void> {
  const { disagreement } = await agreement(cluster, agreeWithinMs)
  if (disagreement !== undefined) throw new Error(disagreement)
}

/** Discovery is killed and started again at once. */
async function loseRows(cluster: Cluster): Promise<OutageResult> {
  const watched = new Watched(cluster)
  await cluster.killDiscovery()
  await cluster.startDiscovery()
  const upNs = process.hrtime.bigint()
  await agreedOrThrow(cluster)
  const { reRegisteredMs } = watched.recovery(upNs)
  return {
    figures: [{ what: 'rows lost: the Manager registered again after', value: ms(reRegisteredMs), bound: ms(recoveryMsMax) }],
    rulings: watched.rulings('rows lost', upNs, reRegisteredMs)
  }
}

/** Discovery is away for so long, then starts again. */
async function goWithout(cluster: Cluster, downMs: number): Promise<OutageResult> {
  const watched = new Watched(cluster)
  const what = `Discovery away for ${downMs / 1_000} s`
  await cluster.killDiscovery()
  const downNs = process.hrtime.bigint()
  const newcomer = await refusedJoin(cluster)
  await pause(downMs - msBetween(downNs, process.hrtime.bigint()))
  const heartbeatMs = await oldestHeartbeatMs(cluster, watched.lives)
  const streams = streamsRuling(what, watched.lives)
  await cluster.startDiscovery()
  const upNs = process.hrtime.bigint()
  const { recoveredMs, reRegisteredMs } = await cluster.until('the Manager is confirmed again', () => {
    const recovery = watched.recovery(upNs)
    return recovery.recoveredMs === undefined ? undefined : recovery
  })
  await agreedOrThrow(cluster)
  return {
    figures: [
      { what: `${what}: a join was answered with "${newcomer.code}" after`, value: ms(newcomer.tookMs), bound: ms(refusalMsMax) },
      { what: `${what}: the oldest last heartbeat of a member at the end`, value: ms(heartbeatMs), bound: ms(heartbeatAgeMsMax) },
      { what: `${what}: the Manager was confirmed again after`, value: ms(recoveredMs), bound: ms(recoveryMsMax) }
    ],
    rulings: [
      ...watched.rulings(what, upNs, reRegisteredMs),
      ruling(`${what}: joins get a clear answer`, newcomer.tookMs <= refusalMsMax && newcomer.code === 'discovery', newcomer.message),
      ruling(`${what}: heartbeats go on`, heartbeatMs <= heartbeatAgeMsMax, `one was ${ms(heartbeatMs)} old`),
      streams,
      ruling(`${what}: recovery takes less than ${ms(recoveryMsMax)}`, (recoveredMs ?? Infinity) < recoveryMsMax, ms(recoveredMs))
    ]
  }
}

/** A peer that asks to join now, and what it is told. */
async function refusedJoin(cluster: Cluster): Promise<NonNullable<PeerLife['refusal']>> {
  const life = await cluster.startPeer('newcomer')
  const refusal = await cluster.until('the join is answered', () => life.refusal)
  await life.kill()
  return refusal
}

function streamsRuling(what: string, lives: readonly PeerLife[]): Ruling {
  const all = lives.map(({ streams }) => streams!)
  const lame = all.filter(({ oldestMs, missing, ended }) => oldestMs > tickAgeMsMax || missing > 0 || ended > 0)
  return {
    rule: `${what}: streams go on`,
    checks: all.reduce((sum, { sources }) => sum + sources, 0),
    violations: lame.map(
      ({ oldestMs, missing, ended }) =>
        `the slowest gave its last tick ${ms(oldestMs)} ago, ${missing} ticks were missing, ${ended} streams ended`
    )
  }
}

async function oldestHeartbeatMs(cluster: Cluster, lives: readonly PeerLife[]): Promise<number> {
  for (const life of lives) life.askForHeartbeat()
  const heard = (): true | undefined => (lives.every(({ heartbeatAgeMs }) => heartbeatAgeMs !== undefined) ? true : undefined)
  await cluster.until('all say when they heard a heartbeat', heard)
  return Math.max(...lives.map(({ heartbeatAgeMs }) => heartbeatAgeMs!))
}

/** What stays as it is while Discovery is in trouble. */
class Watched {
  readonly lives: readonly PeerLife[]
  readonly #history: readonly Entry[]
  readonly #from: number
  readonly #manager: PeerLife
  readonly #joinTimes: string

  constructor({ lives, manager, history }: Cluster) {
    if (manager === undefined) throw new Error('there is no Manager')
    this.lives = lives
    this.#history = history
    this.#from = history.length
    this.#manager = manager
    this.#joinTimes = joinTimes(manager)
  }

  /** How long after `upNs` the Manager had its row again, and its lease. */
  recovery(upNs: bigint): { readonly reRegisteredMs: number | undefined; readonly recoveredMs: number | undefined } {
    const created = entriesOf(this.#since, 'commit').find(({ what }) => what === 'created')
    const held = entriesOf(this.#since, 'held').find(({ who, epoch }) => who === this.#manager.who && epoch === created?.revision)
    return {
      reRegisteredMs: created && msBetween(upNs, created.atNs),
      recoveredMs: held && msBetween(upNs, held.fromNs)
    }
  }

  /** `upNs`: when Discovery took requests again. */
  rulings(when: string, upNs: bigint, reRegisteredMs: number | undefined): Ruling[] {
    const { peerId } = this.#manager.view!
    const commits = entriesOf(this.#since, 'commit').filter(({ what }) => what !== 'refreshed')
    const [only] = commits
    const still = joinTimes(this.#manager)
    return [
      ruling(
        `${when}: the same Manager registers again, nobody is elected`,
        commits.length === 1 && only?.what === 'created' && only.managerPeerId === peerId,
        `${commits.map(({ what, managerPeerId }) => `${what} ${managerPeerId}`).join(', ')}; the Manager is ${peerId}`
      ),
      ruling(`${when}: it does so within ${ms(recoveryMsMax)}`, (reRegisteredMs ?? Infinity) < recoveryMsMax, ms(reRegisteredMs)),
      this.#roles(when, upNs),
      ruling(`${when}: members keep their join times`, still === this.#joinTimes, `${this.#joinTimes} became ${still}`)
    ]
  }

  get #since(): readonly Entry[] {
    return this.#history.slice(this.#from)
  }

  /** Once the row is seen to be gone, followers give their Manager a turn to create it: `unsettled`, for a moment. */
  #roles(when: string, upNs: bigint): Ruling {
    const views = entriesOf(this.#since, 'view')
    const strange = views.filter(({ who, view: { role, atNs } }) => {
      if (who === this.#manager.who) return role !== 'manager' && role !== 'headless'
      return role !== 'follower' && !(role === 'unsettled' && atNs >= upNs)
    })
    const told = strange.map(({ who, view }) => `${who} was ${view.role}`)
    return { rule: `${when}: the Manager is headless for a while at most, the others follow it`, checks: views.length, violations: told }
  }
}

const joinTimes = ({ view }: PeerLife): string => [...view!.members].map(([peerId, joinTsNs]) => `${peerId} ${joinTsNs}`).join(', ')

function ruling(rule: string, holds: boolean, otherwise: string): Ruling {
  return { rule, checks: 1, violations: holds ? [] : [otherwise] }
}

const ms = (value: number | undefined): string => (value === undefined ? 'never' : `${Math.round(value)} ms`)

const pause = (forMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, forMs))
