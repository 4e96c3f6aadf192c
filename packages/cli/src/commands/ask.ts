/** The commands that ask members something. They join to look, and leave at the end. */
import { reasonOf } from '@auki/canonical'
import type { Domain, ParticipantInfo, ResourceEntry, ResourcesResponse } from '@auki/domain'
import { resources } from '@auki/network/protocols'
import { untilAnswered } from '../answer.ts'
import type { Host } from '../host.ts'
import { othersOf } from '../members.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import { type Output, printable, table } from '../output.ts'
import { chosenPeer, labelOf } from '../peer-names.ts'

type Ask<T> = (domain: Domain, peerId: string, signal: AbortSignal) => Promise<T>

/** Who they are. */
export function info(cluster: string, peer: string | undefined, options: LookOptions, host: Host): Promise<void> {
  const ask: Ask<ParticipantInfo> = ({ clusterManager }, peerId, signal) => clusterManager.fetchParticipantInfo(peerId, { signal })
  return askMembers({ cluster, peer, options, host }, ask, (out, answer) => out.tell({ ...answer }, infoText(answer)))
}

/** What they have. */
export function catalog(cluster: string, peer: string | undefined, options: LookOptions, host: Host): Promise<void> {
  const ask: Ask<ResourcesResponse> = (domain, peerId, signal) => domain.catalogOf(peerId, {}, { signal })
  return askMembers({ cluster, peer, options, host }, ask, (out, { resources: rows, skippedRows }, peerId) => {
    out.say(`${peerId} has ${rows.length === 0 ? 'nothing' : rows.length === 1 ? 'one log' : `${rows.length} logs`}`)
    if (rows.length > 0) out.say(catalogText(rows))
    if (out.json) for (const row of rows) out.tell(resources.encodeRow(row), '')
    if (skippedRows > 0) out.warn(`${skippedRows} rows of ${peerId} can't be read and are left out; look at its version`)
  })
}

interface Question {
  readonly cluster: string
  readonly peer: string | undefined
  readonly options: LookOptions
  readonly host: Host
}

/** Asks the member, or all of them but observers; tells of each answer as it comes, and throws the first failure at the end. */
async function askMembers<T>(question: Question, ask: Ask<T>, tell: (out: Output, answer: T, peerId: string) => void): Promise<void> {
  const { cluster, peer, options, host } = question
  await using presence = await lookAt(cluster, 'auki', options, host)
  const { domain, out, waiting } = presence
  const failures: unknown[] = []
  const peers = peer === undefined ? othersOf(domain) : [await chosenPeer(presence, peer, options)]
  const asked = peers.map(async (one) => {
    const { peerId } = one
    try {
      const answer = waiting.for(`an answer of ${labelOf(one, domain.peers)}`, (signal) =>
        untilAnswered((attempt) => ask(domain, peerId, attempt), signal, waiting.timeoutMs)
      )
      tell(out, await answer, peerId)
    } catch (error) {
      failures.push(error)
    }
  })
  await Promise.all(asked)
  if (failures.length === 0) return
  for (const failure of failures.slice(1)) out.warn(reasonOf(failure))
  throw failures[0]
}

function infoText(answer: ParticipantInfo): string {
  const { peerId, name, app, appInstance, isManager, managerPeerId, sessionId } = answer
  const lines = [
    peerId,
    `  name     ${printable(name)}`,
    `  app      ${printable(appInstance === '' ? app : `${app} (${appInstance})`)}`,
    `  role     ${isManager ? 'Manager' : `follows ${printable(managerPeerId) || 'nobody'}`}`,
    `  session  ${printable(sessionId)}`
  ]
  return lines.join('\n')
}

function catalogText(rows: readonly ResourceEntry[]): string {
  const cells = rows.map((row) => {
    const kind = row.variant === 'sensor_log' ? `${row.sensor.kind} ${row.sensor.type}`.trim() : row.variant
    return ['', row.resourceId, kind, row.state, String(row.available.entries), String(row.available.bytes)]
  })
  return table(['', 'RESOURCE', 'KIND', 'STATE', 'ENTRIES', 'BYTES'], cells)
}
