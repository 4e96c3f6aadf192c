/**
 * What happened, as a hash (always) and as a transcript (on request).
 *
 * The hash covers every step of every process with its time, so two runs with one hash did the same. The story tells what a person wants to know; the full
 * transcript has every event and effect but the plain heartbeats and wake-ups.
 */
import type { DirectoryEvent } from '@auki/discovery'
import type { ClusterDocument, Effect, Event, Now, State, View } from './core.ts'
import type { Process } from './process.ts'
import type { WorldInspector } from './world.ts'

/** `told`: the story, with what each app was told. */
export type Detail = 'none' | 'story' | 'told' | 'full'

const timeWidth = 7
const nameWidth = 5
const textMax = 230
const lastLines = 40_000

export class Trace implements WorldInspector {
  readonly lines: string[] = []
  readonly #now: () => number
  readonly #detail: Detail
  readonly #known = new Map<string, number>()
  readonly #views = new Map<Process, string>()
  /** Revisions by order of appearance: r1, r2, … */
  readonly #reigns = new Map<number, string>()
  #low = 0x811c9dc5
  #high = 0x9e3779b9

  constructor(now: () => number, detail: Detail) {
    this.#now = now
    this.#detail = detail
  }

  /** 16 hex digits. */
  get hash(): string {
    return [this.#high, this.#low].map((part) => (part >>> 0).toString(16).padStart(8, '0')).join('')
  }

  note(who: string, text: string): void {
    if (this.#detail === 'none') return
    this.lines.push(`${Math.round(this.#now()).toString().padStart(timeWidth)} ${who.padEnd(nameWidth)} ${text}`)
    if (this.lines.length > lastLines) this.lines.splice(0, lastLines / 2)
  }

  started(process: Process): void {
    this.#mix(this.#codeOf(process.spec.instance))
    this.note(process.spec.name, `starts as ${process.spec.instance}${process.spec.observer ? ', an observer' : ''}`)
  }

  stepped(process: Process, event: Event, _before: State, effects: readonly Effect[], now: Now): void {
    this.#mix(Math.round(this.#now() * 1e3))
    this.#mix(this.#codeOf(event.type))
    this.#mix(process.machine)
    for (const effect of effects) this.#mix(this.#codeOf(effect.type))
    if (this.#detail === 'none') return
    if (this.#detail === 'full') this.#noteAll(process, event, effects)
    this.#noteRole(process, process.view(now))
    for (const effect of effects) if (effect.type === 'joined') this.note(process.spec.name, 'joined')
    if (this.#detail === 'told') for (const effect of effects) this.#noteTold(process, effect)
  }

  threw(process: Process, what: { readonly type: string }, error: unknown): void {
    this.note(process.spec.name, `threw on ${what.type}: ${error instanceof Error ? error.stack : String(error)}`)
  }

  asked(): void {}

  commandSent(): void {}

  committed(): void {}

  stopped(process: Process, why: string): void {
    this.#mix(this.#codeOf(why))
    this.note(process.spec.name, why)
  }

  rowChanged({ type, row }: DirectoryEvent): void {
    this.#mix(row.revision % 0x1_0000_0000)
    this.#reign(row.revision)
    if (type !== 'refreshed' || this.#detail === 'full')
      this.note('row', `${type} ${row.managerPeerId} ${this.#reign(row.revision)} of ${row.peerCount}`)
  }

  rowsForgotten(): void {
    this.note('row', 'forgotten')
  }

  #noteRole(process: Process, { role, managerPeerId, membership }: View): void {
    const order = membership.order === undefined ? '' : ` ${this.#reign(membership.order.epoch)}.${membership.order.version}`
    const text =
      role === undefined
        ? process.state.role.kind
        : `${role}${managerPeerId === process.peer ? '' : ` of ${managerPeerId ?? 'nobody'}`}${order} [${namesOf(membership)}]`
    if (this.#views.get(process) === text) return
    this.#views.set(process, text)
    this.note(process.spec.name, text)
  }

  #noteTold(process: Process, effect: Effect): void {
    const { name } = process.spec
    if (effect.type === 'announce') this.note(name, `told ${Object.values(effect.announcement).join(' ')}`)
    else if (effect.type === 'bootstrap-failed') this.note(name, `told why it is not in: ${effect.failure.code}`)
    else if (effect.type === 'ended') this.note(name, `told that it is over: ${effect.why}`)
    else if (effect.type === 'answer-admit') this.note(name, `told of its admission: ${effect.answer.kind}`)
  }

  #noteAll(process: Process, event: Event, effects: readonly Effect[]): void {
    const { name } = process.spec
    const quiet = event.type === 'heartbeat-received' || event.type === 'woken'
    if (quiet && effects.length === 0) return
    this.note(name, `< ${this.#compact(event)}`)
    for (const effect of effects) this.note(name, `  > ${this.#compact(effect)}`)
  }

  #codeOf(text: string): number {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    let code = 0x811c9dc5
    for (let i = 0; i < text.length; i++) code = Math.imul(code ^ text.charCodeAt(i), 0x01000193)
    this.#known.set(text, code)
    return code
  }

  #mix(value: number): void {
    this.#low = Math.imul(this.#low ^ (value | 0), 0x01000193)
    this.#high = Math.imul(this.#high ^ this.#low ^ ((value / 0x1_0000_0000) | 0), 0x85ebca6b)
    this.#high ^= this.#high >>> 15
  }

  #reign(revision: number): string {
    const known = this.#reigns.get(revision)
    if (known !== undefined) return known
    const name = `r${this.#reigns.size + 1}`
    this.#reigns.set(revision, name)
    return name
  }

  /** An event or effect on one line, its noise left out. */
  #compact(value: Event | Effect): string {
    const { type, ...rest } = value
    const text = JSON.stringify(rest, (key, inner) => {
      if (noise.has(key)) return undefined
      return typeof inner === 'bigint' ? String(inner) : inner
    })
    const plain = text.replaceAll(/[{"}\\]/g, '').replaceAll(/\b\d{16}\b/g, (digits) => this.#reign(Number(digits)))
    return `${type} ${plain}`.trim().slice(0, textMax)
  }
}

/** Its members; `?`: only others hear it. */
export const namesOf = ({ peers }: ClusterDocument): string =>
  peers.map(({ peerId, indirect }) => (indirect ? `${peerId}?` : peerId)).join(' ')

const noise = new Set(['multiaddrs', 'relayMultiaddrs', 'sweepAfterMs', 'name', 'clusterName', 'successorToken'])
