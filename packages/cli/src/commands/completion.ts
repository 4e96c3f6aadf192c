/** Completion: the script for a shell, and the answers that the script asks for. */
import type { Command } from 'commander'
import { type Candidate, complete, type Kind } from '../completion/candidates.ts'
import { scripts } from '../completion/scripts.ts'
import { discoveryUrlOf, readContexts } from '../contexts.ts'
import type { Host } from '../host.ts'
import { Output } from '../output.ts'
import { completionAnswerMs } from '../settings.ts'

export function completion(shell: keyof typeof scripts, options: { readonly json?: boolean }, host: Host): void {
  new Output(host, options).tell({ shell, script: scripts[shell] }, scripts[shell].trimEnd().split('\n'))
}

/** A line that says whether names of files can come, then a line for each candidate. What can't be looked up is left out: nobody reads errors here. */
export async function answer(program: Command, words: readonly string[], host: Host): Promise<void> {
  const { candidates, kind } = complete(program, words)
  const typed = words.at(-1) ?? ''
  const named = await namesOf(kind, host).catch(() => [])
  const all = [...candidates, ...named.filter(({ text }) => text.startsWith(typed))]
  const lines = all.map(({ text, help }) => `${text} ${help}`)
  new Output(host, {}).say([kind === 'files' ? 'files' : 'words', ...lines])
}

async function namesOf(kind: Kind | undefined, host: Host): Promise<Candidate[]> {
  if (kind === 'contexts') return [...readContexts(host).contexts].map(([text, { discovery }]) => ({ text, help: discovery }))
  if (kind !== 'clusters') return []
  const { ClusterManager } = await import('@auki/domain')
  const url = discoveryUrlOf({ discovery: process.env['AUKI_DISCOVERY_URL'] || undefined }, host)
  const signal = AbortSignal.any([host.stop, AbortSignal.timeout(completionAnswerMs)])
  const clusters = await ClusterManager.listClusters(url, { signal })
  return clusters.map(({ name, peerCount }) => ({ text: name, help: peerCount === 1 ? 'one member' : `${peerCount} members` }))
}
