/**
 * A Discovery that contradicts itself: replicas that disagree, a quota, a proxy with opinions of its own. Nothing it says is a lie about who reigns;
 * but whoever answers each "no" at once with the next write goes round and round.
 */
import type { DirectoryRow } from '@auki/discovery'
import type { Answer, Query } from './service.ts'

/** `full`: nothing is created. `missing`: what renews or claims a row finds none. `mismatch`: it is never under the right revision. */
export type Contradiction = 'full' | 'missing' | 'mismatch'

export const contradictions: readonly Contradiction[] = ['full', 'missing', 'mismatch']

/** What is answered in place of the truth; nothing: the truth. */
export function contradict(kind: Contradiction, query: Query, row: DirectoryRow | undefined): Answer | undefined {
  if (kind === 'full') return query.kind === 'create' ? { kind: 'error', reason: 'status 503: full' } : undefined
  if ((query.kind !== 'refresh' && query.kind !== 'rotate') || row === undefined) return undefined
  return kind === 'missing' ? { kind: 'missing' } : { kind: 'mismatch', row }
}
