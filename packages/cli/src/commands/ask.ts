/** The commands that ask members something. They join to look, and leave at the end. */
import { reasonOf } from '@auki/canonical'
import type { Domain, DomainPeer, ParticipantInfo, ResourceEntry, ResourcesResponse } from '@auki/domain'
import { resources } from '@auki/network/protocols'
import { untilAnswered } from '../answer.ts'
import type { Host } from '../host.ts'
import { logKindText, logLabel } from '../log-labels.ts'
import { othersOf } from '../members.ts'
import { type LookOptions, lookAt } from '../onlooker.ts'
import type { Output } from '../output.ts'
import { chosenPeer, labelIn, labelOf } from '../peer-names.ts'
import type { Cell, Column } from '../table.ts'
import { agoText, countText, durationText, sizeText } from '../units.ts'

type Ask<T> = (domain: Domain, peerId: string, signal: AbortSignal) => Promise<T>

const infoColumns: readonly Column[] = [
  { title: 'PEER' },
  { title: 'ROLE' },
  { title: 'APP' },
  { title: 'SESSION' },
  { title: 'JOINED', align: 'right', whole: true },
  { title: 'PEER ID', wide: true }
]

/** Who they are. */
export async function info(cluster: string, peer: string | undefined, options: LookOptions, host: Host): Promise<void> {
  const ask: Ask<ParticipantInfo> = ({ clusterManager }, peerId, signal) => clusterManager.fetchParticipantInfo(peerId, { signal })
  await askMembers({ cluster, peer, options, host }, ask, {
    each: (out, answer) => out.tell({ ...answer }, []),
    all: (out, answers, { peers }) => {
      out.table(
        infoColumns,
        answers.map(([peerId, answer]) => infoCells(peerId, answer, peers))
      )
    }
  })
}

function infoCells(peerId: string, answer: ParticipantInfo, peers: readonly DomainPeer[]): Cell[] {
  const { name, app, appInstance, isManager, managerPeerId, sessionId, sessionNowNs, clusterJoinedAtNs } = answer
  const role: Cell = isManager
    ? { text: 'Manager', style: 'green' }
    : managerPeerId === ''
      ? '-'
      : `follows ${labelIn(peers, managerPeerId)}`
  const joined = clusterJoinedAtNs === null ? '-' : agoText(Number((sessionNowNs - clusterJoinedAtNs) / 1_000_000n))
  return [labelOf({ peerId, name }, peers), role, appInstance === '' ? app : `${app} (${appInstance})`, sessionId, joined, peerId]
}

const catalogColumns: readonly Column[] = [
  { title: 'PEER' },
  { title: 'LOG' },
  { title: 'KIND' },
  { title: 'STATE', whole: true },
  { title: 'ENTRIES', align: 'right', whole: true },
  { title: 'SIZE', align: 'right', whole: true },
  { title: 'SPAN', align: 'right', whole: true },
  { title: 'PEER ID', wide: true },
  { title: 'RESOURCE', wide: true }
]

/** What they have. */
export async function catalog(cluster: string, peer: string | undefined, options: LookOptions, host: Host): Promise<void> {
  const ask: Ask<ResourcesResponse> = (domain, peerId, signal) => domain.catalogOf(peerId, {}, { signal })
  await askMembers({ cluster, peer, options, host }, ask, {
    each: (out, { resources: rows, skippedRows }, label) => {
      if (out.json) for (const row of rows) out.tell(resources.encodeRow(row), [])
      if (skippedRows > 0) out.warn(`${skippedRows} rows of ${label} can't be read and are left out; look at its version`)
    },
    all: (out, answers, { peers }) => {
      const cells = answers.flatMap(([peerId, { resources: rows }]) => {
        const label = labelIn(peers, peerId)
        return rows.length === 0 ? [[label, { text: 'nothing', style: 'dim' } as const]] : rows.map((row) => catalogCells(row, label))
      })
      out.table(catalogColumns, cells)
    }
  })
}

function catalogCells(row: ResourceEntry, label: string): Cell[] {
  const { state, available, resourceId, sourcePeerId } = row
  const { entries, bytes, durationNs } = available
  const shownState: Cell = { text: state, style: state === 'live' ? 'green' : 'dim' }
  const span = durationText(Number(durationNs / 1_000_000n))
  return [label, logLabel(row), logKindText(row), shownState, countText(entries), sizeText(bytes), span, sourcePeerId, resourceId]
}

/** What to do with answers: with each as it comes, and with all of them, in the order of membership. */
interface Telling<T> {
  readonly each: (out: Output, answer: T, label: string) => void
  readonly all: (out: Output, answers: readonly (readonly [peerId: string, answer: T])[], domain: Pick<Domain, 'peers'>) => void
}

interface Question {
  readonly cluster: string
  readonly peer: string | undefined
  readonly options: LookOptions
  readonly host: Host
}

/** Asks the member, or all of them but observers; throws the first failure when all is told. */
async function askMembers<T>(question: Question, ask: Ask<T>, telling: Telling<T>): Promise<void> {
  const { cluster, peer, options, host } = question
  await using presence = await lookAt(cluster, 'auki', options, host)
  const { domain, out, waiting } = presence
  const failures: unknown[] = []
  const answers = new Map<string, T>()
  const peers = peer === undefined ? othersOf(domain) : [await chosenPeer(presence, peer, options)]
  const asked = peers.map(async (one) => {
    const { peerId } = one
    const label = labelOf(one, domain.peers)
    try {
      const answer = await waiting.for(`an answer of ${label}`, (signal) =>
        untilAnswered((attempt) => ask(domain, peerId, attempt), signal, waiting.timeoutMs)
      )
      answers.set(peerId, answer)
      telling.each(out, answer, label)
    } catch (error) {
      failures.push(error)
    }
  })
  await Promise.all(asked)
  const inOrder = peers.flatMap(({ peerId }) => (answers.has(peerId) ? [[peerId, answers.get(peerId)!] as const] : []))
  if (!out.json && inOrder.length > 0) telling.all(out, inOrder, domain)
  if (failures.length === 0) return
  for (const failure of failures.slice(1)) out.warn(reasonOf(failure))
  throw failures[0]
}
