/**
 * What is known of each peer, kept so that a change to one costs the same among ten as among thousands.
 *
 * A persistent table: each peer has a place, places stand in chunks, and a change copies one chunk and the list of chunks. Each chunk knows its earliest
 * repeat, so that looking for due ones skips the others. In the order in which peers came to be known.
 */
import type { PeerId } from './events.ts'
import type { Contact } from './state.ts'

const chunkSize = 32

interface Chunk {
  readonly contacts: readonly Contact[]
  /** The earliest `repeatAt` in it (monotonic ms). */
  readonly repeatAt: number
}

export interface Contacts {
  readonly places: ReadonlyMap<PeerId, number>
  readonly chunks: readonly Chunk[]
}

export const noContacts: Contacts = { places: new Map(), chunks: [] }

const chunkOf = (contacts: readonly Contact[]): Chunk => ({ contacts, repeatAt: earliest(contacts) })

function earliest(contacts: readonly Contact[]): number {
  let at = Number.POSITIVE_INFINITY
  for (const { repeatAt } of contacts) if (repeatAt !== undefined && repeatAt < at) at = repeatAt
  return at
}

export function contactOf({ places, chunks }: Contacts, peer: PeerId): Contact | undefined {
  const place = places.get(peer)
  return place === undefined ? undefined : chunks[Math.floor(place / chunkSize)]!.contacts[place % chunkSize]
}

export function withContact(known: Contacts, contact: Contact): Contacts {
  const place = known.places.get(contact.peer) ?? known.places.size
  const places = place === known.places.size ? new Map(known.places).set(contact.peer, place) : known.places
  const at = Math.floor(place / chunkSize)
  const chunk = known.chunks[at] ?? chunkOf([])
  const contacts = chunk.contacts.slice()
  const keepsTime = contacts[place % chunkSize]?.repeatAt === contact.repeatAt
  contacts[place % chunkSize] = contact
  const chunks = known.chunks.slice()
  chunks[at] = keepsTime ? { contacts, repeatAt: chunk.repeatAt } : chunkOf(contacts)
  return { places, chunks }
}

/** Several at once, all of them known. */
export function withContacts({ places, chunks }: Contacts, changed: readonly Contact[]): Contacts {
  const touched = new Map<number, Contact[]>()
  for (const contact of changed) {
    const place = places.get(contact.peer)!
    const at = Math.floor(place / chunkSize)
    const contacts = touched.get(at) ?? chunks[at]!.contacts.slice()
    contacts[place % chunkSize] = contact
    touched.set(at, contacts)
  }
  const next = chunks.slice()
  for (const [at, contacts] of touched) next[at] = chunkOf(contacts)
  return { places, chunks: next }
}

export function contactsFrom(contacts: readonly Contact[]): Contacts {
  const chunks: Chunk[] = []
  for (let from = 0; from < contacts.length; from += chunkSize) chunks.push(chunkOf(contacts.slice(from, from + chunkSize)))
  return { places: new Map(contacts.map(({ peer }, place) => [peer, place])), chunks }
}

/** All of them, each through `change`, which leaves its peer as it is. */
export const changeContacts = ({ places, chunks }: Contacts, change: (contact: Contact) => Contact): Contacts => ({
  places,
  chunks: chunks.map(({ contacts }) => chunkOf(contacts.map(change)))
})

export const allContacts = ({ chunks }: Contacts): Contact[] => chunks.flatMap(({ contacts }) => contacts)

/** Whom the document is to be repeated to by `ms`. */
export const dueRepeats = ({ chunks }: Contacts, ms: number): PeerId[] =>
  chunks
    .filter(({ repeatAt }) => repeatAt <= ms)
    .flatMap(({ contacts }) => contacts)
    .filter(({ repeatAt = Number.POSITIVE_INFINITY }) => repeatAt <= ms)
    .map(({ peer }) => peer)

/** When (monotonic ms) the next repeat is due. */
export const nextRepeatAt = ({ chunks }: Contacts): number =>
  chunks.reduce((at, { repeatAt }) => Math.min(at, repeatAt), Number.POSITIVE_INFINITY)
