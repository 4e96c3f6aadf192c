/**
 * What the watch on the row tells each role. An event counts as a look at the row; it commits nothing and renews nothing.
 */
import { onBootstrapWatch } from './bootstrap.ts'
import type { Draft } from './draft.ts'
import type { Row } from './events.ts'
import { decide, readRow } from './follower.ts'
import { onLeavingWatch } from './leaving.ts'
import { onManagerWatch } from './manager.ts'
import { newReign, noteEvent, type Sight } from './rows.ts'

export type Change = 'created' | 'rotated' | 'swept' | 'deleted' | 'snapshot'

export function onWatch(draft: Draft, change: Change, row: Row | undefined): void {
  const gone = row === undefined || change === 'swept' || change === 'deleted'
  switch (draft.state.role.kind) {
    case 'starting':
      return onBootstrapWatch(draft, gone ? { kind: 'absent' } : { kind: 'row', row }, row)
    case 'managing':
      return onManagerWatch(draft, change, row)
    case 'following':
      return onFollowerWatch(draft, change, row, gone)
    case 'leaving':
      return onLeavingWatch(draft, gone ? undefined : row)
    case 'ended':
      return
  }
}

function onFollowerWatch(draft: Draft, change: Change, row: Row | undefined, gone: boolean): void {
  if (row === undefined) return look(draft, { kind: 'absent' })
  const news = noteEvent(draft, row, gone)
  // A snapshot is the present state, not news: one that shows an older reign asks for a proper look.
  if (!news) return change === 'snapshot' ? readRow(draft) : undefined
  look(draft, gone ? { kind: 'absent' } : { kind: 'row', row })
}

function look(draft: Draft, sight: Sight): void {
  const role = draft.following()
  if (role === undefined) return
  const differs = sight.kind === 'absent' || sight.row.manager !== role.slot || newReign(draft.state, sight.row)
  if (differs || role.unsettled !== undefined) decide(draft, sight)
}
