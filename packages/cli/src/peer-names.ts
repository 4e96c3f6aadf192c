/**
 * How people name peers: a peer is shown by its name and the end of its id, and is accepted by its name, by the start or the end of its id, by the whole id,
 * or as it was shown. Nothing proves a name: it never hides the id of another peer.
 */
import type { Domain, DomainPeer } from '@auki/domain'
import { CliError } from './errors.ts'
import type { Presence } from './presence.ts'
import { candidatesToldMax, nameShownMax, shortIdChars } from './settings.ts'

/** Stands before a short id. */
const mark = '·'

/** A peer as far as its label is concerned. */
export interface Named {
  /** base58 */
  readonly peerId: string
  readonly name?: string | undefined
}

/** The end of an id: 4 characters, or as many more as tell it apart from those of the `others`. */
export function shortId(peerId: string, others: Iterable<string> = []): string {
  const longest = Math.max(0, ...[...others].map((other) => (other === peerId ? 0 : sharedEnd(peerId, other))))
  return peerId.slice(-Math.max(shortIdChars, longest + 1))
}

function sharedEnd(a: string, b: string): number {
  let length = 0
  while (length < a.length && a.at(-1 - length) === b.at(-1 - length)) length += 1
  return length
}

/** `robot ·8kQz`, or `·8kQz` where it has no name; longer where an id of the `others` ends so, too. */
export function labelOf({ peerId, name = '' }: Named, others: Iterable<Named> = []): string {
  const short = `${mark}${shortId(
    peerId,
    Array.from(others, (other) => other.peerId)
  )}`
  const shown = nameShown(name)
  return shown === '' ? short : `${shown} ${short}`
}

/** The label of a member by its id; of one that is not there any more, without its name. */
export const labelIn = (peers: readonly DomainPeer[], peerId: string): string =>
  labelOf(peers.find((peer) => peer.peerId === peerId) ?? { peerId }, peers)

/** A stranger's name: on one line, without what would steer a terminal, cut in the middle. */
function nameShown(name: string): string {
  const clean = Array.from(
    name
      .slice(0, 10 * nameShownMax)
      .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
      .trim()
  )
  if (clean.length <= nameShownMax) return clean.join('')
  const half = (nameShownMax - 1) / 2
  return `${clean.slice(0, Math.ceil(half)).join('')}…${clean.slice(-Math.floor(half)).join('')}`
}

/** What it takes to find a peer. */
export type Peers = Pick<Domain, 'peers' | 'events' | 'closed'> & { readonly clusterManager: Pick<Domain['clusterManager'], 'clusterName'> }

/**
 * The other member that is meant.
 *
 * @param wait - for one that is to come, until `signal` aborts.
 * @throws CliError 'no-such-member' | 'ambiguous-peer'; the reason of `signal`; why the presence has ended.
 */
export async function resolvePeer(
  domain: Peers,
  text: string,
  { wait = false, signal }: { readonly wait?: boolean | undefined; readonly signal: AbortSignal }
): Promise<DomainPeer> {
  const found = findPeer(domain, text)
  if (found !== undefined) return found
  if (!wait) throw noSuchMember(domain, text)
  for await (const _ of domain.events({ signal })) {
    const come = findPeer(domain, text)
    if (come !== undefined) return come
  }
  throw (await domain.closed) ?? noSuchMember(domain, text)
}

/** As {@link resolvePeer}, for the command of a presence. */
export function chosenPeer(
  { domain, waiting }: Pick<Presence, 'domain' | 'waiting'>,
  text: string,
  { wait }: { readonly wait?: boolean }
): Promise<DomainPeer> {
  const { clusterName } = domain.clusterManager
  return waiting.for(`"${text}" to come into ${clusterName}`, (signal) => resolvePeer(domain, text, { wait, signal }))
}

/** Undefined: nobody is called so. @throws CliError 'ambiguous-peer' */
function findPeer({ peers, clusterManager }: Peers, text: string): DomainPeer | undefined {
  const meant = meantBy(
    text,
    peers.filter(({ isSelf }) => !isSelf)
  )
  // Those who only look on have nothing that a command could want, as long as anybody else is called so.
  const members = meant.filter(({ observer }) => !observer)
  const [found, ...others] = members.length > 0 ? members : meant
  if (found === undefined || others.length === 0) return found
  const { clusterName: cluster } = clusterManager
  const candidates = [found, ...others]
  const message = `"${text}" can be ${candidates.length} peers of ${cluster}: ${listed(candidates, peers)}; say which one by more of its id`
  throw new CliError('ambiguous-peer', message, { cluster, peer: text, candidates: candidates.map(({ peerId }) => peerId) })
}

/** All that it can mean. A name does not hide an id that begins or ends so, unless the text is too short to be meant as one. */
function meantBy(text: string, peers: readonly DomainPeer[]): DomainPeer[] {
  const byId = peers.filter(({ peerId }) => peerId === text)
  if (byId.length > 0 || text === '') return byId
  const byName = peers.filter(({ name }) => name !== undefined && (name === text || nameShown(name) === text))
  if (byName.length > 0 && text.length < shortIdChars) return byName
  const short = text.slice(text.lastIndexOf(mark) + 1)
  const byPart = peers.filter(({ peerId }) => short !== '' && (peerId.endsWith(short) || (short === text && peerId.startsWith(text))))
  return [...new Set([...byName, ...byPart])]
}

function noSuchMember({ peers, clusterManager }: Peers, text: string): CliError {
  const { clusterName: cluster } = clusterManager
  const others = peers.filter(({ isSelf, observer }) => !isSelf && !observer)
  const known = others.length === 0 ? 'nobody but those who look on' : some(others.map((peer) => labelOf(peer, peers)))
  const message = `no such peer in ${cluster}: "${text}"; it has ${known}; to wait for one that is to come: --wait`
  return new CliError('no-such-member', message, { cluster, peer: text })
}

/** Labels with ids. */
const listed = (peers: readonly DomainPeer[], among: readonly DomainPeer[]): string =>
  some(peers.map((peer) => `${labelOf(peer, among)} (${peer.peerId})`))

/** As many as a line takes. */
function some(texts: readonly string[]): string {
  const more = texts.length - candidatesToldMax
  return [...texts.slice(0, candidatesToldMax), ...(more > 0 ? [`${more} more`] : [])].join(', ')
}
