/**
 * What we know of the row, and how new it is.
 *
 * Answers can be late and watch events later: the row of the highest revision is the newest. Only a read that was asked for after
 * everything we know may show a lower one: then the directory came back with its clock behind, and we follow it back.
 */
import { compareVersions } from './document.ts'
import type { Draft } from './draft.ts'
import type { Now, Row } from './events.ts'
import { placeOf } from './revision.ts'
import type { State } from './state.ts'

/** A look at the row: it stands, or it is gone. */
export type Sight = { readonly kind: 'row'; readonly row: Row } | { readonly kind: 'absent' }

/** The row as it was seen last. */
export function newestSight(state: State): Sight {
  return state.newest?.row === undefined ? { kind: 'absent' } : { kind: 'row', row: state.newest.row }
}

/** Take note of an answer that was asked for at `askedAt`. What it shows may be old: judge by what is returned. */
export function noteAnswer(draft: Draft, sight: Sight, askedAt: Now): Sight {
  const { newest, adoptedAt } = draft.state
  if (sight.kind === 'absent') {
    if (newest !== undefined && askedAt.monoMs < newest.seenAt) return newestSight(draft.state)
    draft.set({ newest: { revision: placeOf(newest?.revision), row: undefined, seenAt: draft.ms } })
    return sight
  }
  const revision = placeOf(sight.row.revision)
  const knownRevision = placeOf(newest?.revision)
  const lower = revision < knownRevision || revision < draft.state.floor.epoch
  if (lower) {
    if (askedAt.monoMs <= Math.max(adoptedAt, newest?.seenAt ?? Number.NEGATIVE_INFINITY))
      return newest === undefined ? sight : newestSight(draft.state)
    draft.log('warn', 'the directory shows an older reign than we know: it came back with its clock behind', { revision, knownRevision })
    draft.set({ floor: { epoch: revision, version: 0 } })
  } else if (newest !== undefined && revision === newest.revision && askedAt.monoMs < newest.seenAt) {
    return newestSight(draft.state)
  }
  noteRow(draft, sight.row)
  return sight
}

/** Did a newer row come to be seen while this one, asked for at `askedAt`, was being committed? Then its reign is over before we heard that it began. */
export function superseded({ newest }: State, row: Row, askedAt: Now): boolean {
  return newest !== undefined && newest.seenAt > askedAt.monoMs && newest.revision > placeOf(row.revision)
}

/** Take note of a watch event about a row; `false`: old news, of a reign before the one we know. */
export function noteEvent(draft: Draft, row: Row, gone: boolean): boolean {
  if (placeOf(row.revision) < Math.max(placeOf(draft.state.newest?.revision), draft.state.floor.epoch)) return false
  noteRow(draft, row)
  if (gone) draft.set({ newest: { revision: placeOf(row.revision), row: undefined, seenAt: draft.ms } })
  return true
}

function noteRow(draft: Draft, row: Row): void {
  const revision = placeOf(row.revision)
  draft.set({ newest: { revision, row, seenAt: draft.ms } })
  // A Manager says which relays there are; everybody else follows its row.
  if (draft.role.kind === 'following') draft.set({ relayMultiaddrs: row.relayMultiaddrs })
  const floor = { epoch: revision, version: 0 }
  if (compareVersions(floor, draft.state.floor) > 0) draft.set({ floor })
}

/** Is the row's reign above the one our document was written under? Without versions nobody can tell. */
export function newReign(state: State, row: Row): boolean {
  const { order } = state.document
  return order !== undefined && row.revision !== undefined && row.revision > order.epoch
}
