/** Judges what a chaos run saw. Each rule says what it looked at and where it was broken. */
import { type Entry, entriesOf, msBetween } from './history.ts'
import { joinTimesStay, oneVersionOneText, versionsGrow } from './judge-documents.ts'
import { resumedManagersAreSilent } from './judge-resumed.ts'
import { reignsOf } from './reigns.ts'

export interface Ruling {
  readonly rule: string
  /** How many times it was looked at. */
  readonly checks: number
  readonly violations: readonly string[]
}

export interface JudgeOptions {
  readonly rowLifeMs: number
  /** How long after mending all must agree, ms. */
  readonly agreeWithinMs: number
}

export function judge(history: readonly Entry[], options: JudgeOptions): Ruling[] {
  return [
    oneManager(history, options),
    leasesWereGranted(history, options),
    resumedManagersAreSilent(history, options),
    joinTimesStay(history),
    oneVersionOneText(history),
    versionsGrow(history),
    allAgreeAfterMending(history, options),
    nobodyDied(history)
  ]
}

/** A directory that lost its rows grants them anew while an older lease runs out: that long, and no longer, two may overlap. */
function oneManager(history: readonly Entry[], { rowLifeMs }: JudgeOptions): Ruling {
  const held = entriesOf(history, 'held').toSorted((a, b) => Number(a.fromNs - b.fromNs))
  const losses = entriesOf(history, 'rows-lost').map(({ atNs }) => atNs)
  const excused = (atNs: bigint): boolean => losses.some((lossNs) => lossNs <= atNs && msBetween(lossNs, atNs) <= rowLifeMs)
  const violations = new Set<string>()
  for (const [at, one] of held.entries()) {
    for (let next = at + 1; next < held.length && held[next]!.fromNs <= one.toNs; next++) {
      const other = held[next]!
      const untilNs = one.toNs < other.toNs ? one.toNs : other.toNs
      if (other.who === one.who || excused(untilNs)) continue
      violations.add(`${one.who} (epoch ${one.epoch}) and ${other.who} (epoch ${other.epoch}) both held the role at ${other.fromNs}`)
    }
  }
  return { rule: 'never two confirmed Managers at one instant', checks: held.length, violations: [...violations] }
}

function leasesWereGranted(history: readonly Entry[], { rowLifeMs }: JudgeOptions): Ruling {
  const reigns = reignsOf(history)
  const held = entriesOf(history, 'held')
  const violations = held.flatMap(({ who, peerId, epoch, fromNs, toNs }) => {
    const reign = reigns.get(epoch)
    if (reign === undefined || reign.managerPeerId !== peerId) return [`${who} held the role under ${epoch}, which Discovery never gave it`]
    if (fromNs < reign.fromNs) return [`${who} held the role under ${epoch} before Discovery had committed it`]
    if (reign.toNs === undefined) return []
    const lateMs = msBetween(reign.toNs, toNs)
    return lateMs > (reign.lost ? rowLifeMs : 0) ? [`${who} held the role under ${epoch} until ${lateMs} ms after that reign was over`] : []
  })
  return { rule: "the role is held within a reign that Discovery's log has", checks: held.length, violations: [...new Set(violations)] }
}

function allAgreeAfterMending(history: readonly Entry[], { agreeWithinMs }: JudgeOptions): Ruling {
  const mended = entriesOf(history, 'mended')
  const violations = mended.flatMap(({ disagreement, tookMs }) => {
    if (disagreement !== undefined) return [`after ${Math.round(tookMs)} ms: ${disagreement}`]
    return tookMs > agreeWithinMs ? [`all agreed only after ${Math.round(tookMs)} ms`] : []
  })
  return { rule: `all agree with Discovery's row within ${agreeWithinMs / 1_000} s of mending`, checks: mended.length, violations }
}

function nobodyDied(history: readonly Entry[]): Ruling {
  const lives = new Set(entriesOf(history, 'view').map(({ who }) => who))
  const violations = entriesOf(history, 'died').map(({ who, why }) => `${who}: ${why}`)
  return { rule: 'no process and no presence ends by itself', checks: lives.size, violations }
}
