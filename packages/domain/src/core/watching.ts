/**
 * What the watch on the row tells each role. An event counts as a look at the row; it commits nothing and renews nothing.
 */
import { onBootstrapWatch } from './bootstrap.ts'
import type { Row } from './events.ts'
import { decide, readRow } from './follower.ts'
import { onLeavingWatch } from './leaving.ts'
import { onManagerWatch } from './manager.ts'
import { newReign, noteEvent, type Sight } from './rows.ts'
import type { Turn } from './turn.ts'

export type Change = 'created' | 'rotated' | 'swept' | 'deleted' | 'snapshot'

export function onWatch(turn: Turn, change: Change, row: Row | undefined): void {
  const gone = row === undefined || change === 'swept' || change === 'deleted'
  switch (turn.state.role.kind) {
    case 'starting':
      return onBootstrapWatch(turn, gone ? { kind: 'absent' } : { kind: 'row', row }, row)
    case 'managing':
      return onManagerWatch(turn, change, row)
    case 'following':
      return onFollowerWatch(turn, change, row, gone)
    case 'leaving':
      return onLeavingWatch(turn, gone ? undefined : row)
    case 'ended':
      return
  }
}

function onFollowerWatch(turn: Turn, change: Change, row: Row | undefined, gone: boolean): void {
  if (row === undefined) return look(turn, { kind: 'absent' })
  const news = noteEvent(turn, row, gone)
  // A snapshot is the present state, not news: one that shows an older reign asks for a proper look.
  if (!news) return change === 'snapshot' ? readRow(turn) : undefined
  look(turn, gone ? { kind: 'absent' } : { kind: 'row', row })
}

function look(turn: Turn, sight: Sight): void {
  const role = turn.following()
  if (role === undefined) return
  const differs = sight.kind === 'absent' || sight.row.manager !== role.slot || newReign(turn.state, sight.row)
  if (differs || role.unsettled !== undefined) decide(turn, sight)
}
