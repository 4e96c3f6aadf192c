/** The Discovery client of one process: each question is answered once, by the service or by the clock. */
import type { Command, DirectoryRow } from '@auki/discovery'
import type { Effect, Event, Member, Row, Settings, Trouble, WriteOutcome } from './core.ts'
import type { Cancellable, ProcessLoop } from './loop.ts'
import type { Answer, DiscoveryService, Query } from './service.ts'
import type { Wire } from './wire.ts'

export type DiscoveryEffect = Extract<
  Effect,
  { type: 'read-row' | 'read-newest-row' | 'create-row' | 'refresh-row' | 'rotate-row' | 'delete-row' }
>

/** The process a client belongs to. */
export interface ClientOwner {
  readonly machine: number
  readonly self: Member & { readonly instance: string }
  readonly spec: { readonly settings: Pick<Settings, 'rowLifeMs'> }
  readonly loop: ProcessLoop
  post(event: Event): void
  /** A request leaves now. */
  asked(): void
  /** A command left at this monotonic time, for whom it may concern when it is decided. */
  commandSent(command: Command, sentMonoMs: number): void
}

export const rowOf = (row: DirectoryRow): Row => ({
  name: row.name,
  manager: row.managerPeerId,
  multiaddrs: row.managerMultiaddrs,
  relayMultiaddrs: row.relayMultiaddrs,
  peerCount: row.peerCount,
  revision: row.revision,
  sweepAfterMs: row.sweepAfterMs,
  instance: row.instance,
  ...(row.managerMultiaddrs.length > 0 ? {} : { dialable: false })
})

export class DiscoveryClient {
  readonly #owner: ClientOwner
  readonly #service: DiscoveryService
  readonly #wire: Wire

  constructor(owner: ClientOwner, service: DiscoveryService, wire: Wire) {
    this.#owner = owner
    this.#service = service
    this.#wire = wire
  }

  perform(effect: DiscoveryEffect): void {
    const query = this.#queryOf(effect)
    let open = true
    const settle = (answer: Answer): void => {
      if (!open) return
      open = false
      timer.cancelled = true
      this.#owner.post(eventOf(effect, answer))
    }
    const timer: Cancellable = this.#owner.loop.after(effect.timeoutMs, () => settle({ kind: 'error', reason: 'timeout' }))
    this.#owner.asked()
    if (query.kind !== 'get' && query.kind !== 'newest') this.#owner.commandSent(query, this.#owner.loop.mono())
    this.#wire.send(this.#owner.machine, this.#service.machine, () => {
      if (!open) return // given up before it got through: nobody sends it any more
      this.#service.handle(this.#owner, query, (answer) => this.#return(() => settle(answer)))
    })
  }

  #return(settle: () => void): void {
    this.#wire.send(this.#service.machine, this.#owner.machine, () => this.#owner.loop.deliver(settle))
  }

  #queryOf(effect: DiscoveryEffect): Query {
    switch (effect.type) {
      case 'read-row':
        return { kind: 'get', name: effect.name }
      case 'read-newest-row':
        return { kind: 'newest' }
      case 'create-row':
        return { kind: 'create', name: effect.name, claim: this.#claim(effect.relayMultiaddrs) }
      case 'refresh-row':
        return { kind: 'refresh', name: effect.name, peerCount: effect.peerCount, ifMatch: effect.revision }
      case 'rotate-row':
        return { kind: 'rotate', name: effect.name, claim: this.#claim(effect.relayMultiaddrs, effect.to), ifMatch: effect.revision }
      case 'delete-row':
        return { kind: 'delete', name: effect.name, ifMatch: effect.revision }
    }
  }

  #claim(relayMultiaddrs: readonly string[], to?: Member) {
    const { peerId, multiaddrs } = to ?? this.#owner.self
    return {
      managerPeerId: peerId,
      managerMultiaddrs: multiaddrs,
      relayMultiaddrs,
      instance: to === undefined ? this.#owner.self.instance : '',
      ...(to === undefined && { rowLifeMs: this.#owner.spec.settings.rowLifeMs })
    }
  }
}

function eventOf(effect: DiscoveryEffect, answer: Answer): Event {
  const { no } = effect
  switch (effect.type) {
    case 'read-row':
    case 'read-newest-row': {
      const outcome = answer.kind === 'found' ? ({ kind: 'row', row: rowOf(answer.row) } as const) : absentOr(answer)
      return { type: 'row-read', no, outcome, versioned: true }
    }
    case 'create-row':
      return { type: 'row-created', no, outcome: createOutcome(answer) }
    case 'refresh-row':
      return { type: 'row-refreshed', no, outcome: writeOutcome(answer) }
    case 'rotate-row':
      return { type: 'row-rotated', no, outcome: writeOutcome(answer) }
    case 'delete-row':
      return { type: 'row-deleted', no, outcome: answer.kind === 'error' ? trouble(answer) : { kind: 'done' } }
  }
}

function createOutcome(answer: Answer) {
  if (answer.kind === 'created' || answer.kind === 'exists') return { kind: answer.kind, row: rowOf(answer.row) }
  return trouble(answer)
}

function writeOutcome(answer: Answer): WriteOutcome {
  if (answer.kind === 'refreshed' || answer.kind === 'rotated') return { kind: 'ok', row: rowOf(answer.row) }
  if (answer.kind === 'mismatch') return { kind: 'conflict', row: rowOf(answer.row) }
  return absentOr(answer)
}

const absentOr = (answer: Answer) => (answer.kind === 'missing' ? ({ kind: 'absent' } as const) : trouble(answer))

const trouble = (answer: Answer): Trouble => ({ kind: 'trouble', reason: answer.kind === 'error' ? answer.reason : answer.kind })
