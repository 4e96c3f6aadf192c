/** Why a Manager does not admit a joiner: a kind on either side, a text in between (`/auki/join/0.0.1`). The texts are part of the protocol. */
import { joinOwnerMs } from './limits.ts'

const texts = {
  'not-manager': 'not the manager',
  'identity-in-use': 'identity in use',
  'cluster-full': 'cluster full',
  'gate-failed': 'runtime: admit gate failed',
  'gate-silent': `join handler timed out after ${joinOwnerMs / 1_000}s: the admit gate did not answer`
} as const

/** What a Manager answers. */
export type Refusal =
  | { readonly why: keyof typeof texts }
  /** The word of the app's gate, told as it is. */
  | { readonly why: 'refused'; readonly reason: string }

export function refusalText(refusal: Refusal): string {
  return refusal.why === 'refused' ? refusal.reason : texts[refusal.why]
}

/** What an answer means to the joiner, with the text it came in. */
export interface JoinRefused {
  /** `transient`: asking again may help. `refused`: it changes nothing. */
  readonly why: 'not-manager' | 'identity-in-use' | 'transient' | 'refused'
  readonly reason: string
}

export function readRefusal(reason: string): JoinRefused {
  if (reason === texts['not-manager']) return { why: 'not-manager', reason }
  if (reason === texts['identity-in-use']) return { why: 'identity-in-use', reason }
  return { why: reason.startsWith('runtime: ') || reason.startsWith('join handler ') ? 'transient' : 'refused', reason }
}
