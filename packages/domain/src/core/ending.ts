/** What ends with a role, and with the presence. */
import { type Draft, inRole } from './draft.ts'
import type { PeerId } from './events.ts'
import { abandonAttempt } from './join-attempt.ts'
import { setAdmissions } from './waiting.ts'

/** Nobody is admitted by one who is no longer Manager. */
export function refuseAdmissions(draft: Draft): void {
  for (const { ticket } of draft.state.admissions)
    draft.emit({ type: 'answer-join', ticket, answer: { kind: 'refuse', refusal: { why: 'not-manager' } } })
  setAdmissions(draft, [])
}

/** The same identity runs in another process, and that one stays. */
export function endPresence(draft: Draft, manager: PeerId): void {
  draft.log('warn', 'this identity runs in another process: this presence ends', { cluster: draft.state.clusterName, manager })
  const attempt = inRole(draft, 'following') ? draft.role.rejoin?.attempt : undefined
  if (attempt !== undefined) abandonAttempt(draft, attempt)
  refuseAdmissions(draft)
  draft.become({ kind: 'ended', slot: manager })
  draft.emit({ type: 'ended', why: 'identity-in-use' })
}
