/**
 * What is known of each peer, kept so that a change to one costs the same among ten as among thousands.
 *
 * A persistent tree: each peer has a place, a leaf holds 16 places and a node 16 leaves or nodes, and a change copies the one path that leads to it. Each
 * knows the earliest repeat below it, so that looking for what is due skips the others. In the order in which peers came to be known.
 */
import type { PeerId } from './events.ts'
import type { Contact } from './state.ts'

const bits = 4
const width = 2 ** bits

type Tree =
  | { readonly repeatAt: number; readonly leaf: readonly Contact[] }
  | { readonly repeatAt: number; readonly below: readonly Tree[] }

export interface Contacts {
  readonly places: ReadonlyMap<PeerId, number>
  readonly tree: Tree
  /** Levels of nodes above the leaves. */
  readonly height: number
}

const leafOf = (leaf: readonly Contact[]): Tree => ({ leaf, repeatAt: earliest(leaf) })
const nodeOf = (below: readonly Tree[]): Tree => ({ below, repeatAt: earliest(below) })

function earliest(items: readonly { readonly repeatAt: number | undefined }[]): number {
  let at = Number.POSITIVE_INFINITY
  for (const { repeatAt } of items) if (repeatAt !== undefined && repeatAt < at) at = repeatAt
  return at
}

export const noContacts: Contacts = { places: new Map(), tree: leafOf([]), height: 0 }

export function contactOf({ places, tree, height }: Contacts, peer: PeerId): Contact | undefined {
  const place = places.get(peer)
  if (place === undefined) return undefined
  let at = tree
  for (let level = height; 'below' in at; level--) at = at.below[(place >> (bits * level)) % width]!
  return at.leaf[place % width]
}

export function withContact({ places, tree, height }: Contacts, contact: Contact): Contacts {
  const place = places.get(contact.peer)
  if (place !== undefined) return { places, tree: changed(tree, height, place, contact), height }
  return contactsFrom([...contactsIn(tree), contact])
}

function changed(tree: Tree, level: number, place: number, contact: Contact): Tree {
  const at = (place >> (bits * level)) % width
  if ('leaf' in tree) {
    const leaf = tree.leaf.slice()
    leaf[at] = contact
    return tree.leaf[at]!.repeatAt === contact.repeatAt ? { leaf, repeatAt: tree.repeatAt } : leafOf(leaf)
  }
  const below = tree.below.slice()
  below[at] = changed(tree.below[at]!, level - 1, place, contact)
  return tree.below[at]!.repeatAt === below[at].repeatAt ? { below, repeatAt: tree.repeatAt } : nodeOf(below)
}

export function contactsFrom(contacts: readonly Contact[]): Contacts {
  let level = grouped(contacts).map(leafOf)
  let height = 0
  for (; level.length > 1; height++) level = grouped(level).map(nodeOf)
  return { places: new Map(contacts.map(({ peer }, place) => [peer, place])), tree: level[0] ?? leafOf([]), height }
}

function grouped<T>(items: readonly T[]): T[][] {
  const groups: T[][] = []
  for (let from = 0; from < items.length; from += width) groups.push(items.slice(from, from + width))
  return groups
}

const contactsIn = (tree: Tree): readonly Contact[] => ('leaf' in tree ? tree.leaf : tree.below.flatMap(contactsIn))

export const allContacts = ({ tree }: Contacts): readonly Contact[] => contactsIn(tree)

/** All of them, each through `change`, which leaves its peer as it is. */
export function changeContacts({ places, tree, height }: Contacts, change: (contact: Contact) => Contact): Contacts {
  const each = (one: Tree): Tree => ('leaf' in one ? leafOf(one.leaf.map(change)) : nodeOf(one.below.map(each)))
  return { places, tree: each(tree), height }
}

/** Whom the document is to be repeated to by `ms`. */
export function dueRepeats({ tree }: Contacts, ms: number): PeerId[] {
  const due = (one: Tree): PeerId[] => {
    if (one.repeatAt > ms) return []
    if ('below' in one) return one.below.flatMap(due)
    return one.leaf.filter(({ repeatAt = Number.POSITIVE_INFINITY }) => repeatAt <= ms).map(({ peer }) => peer)
  }
  return due(tree)
}

/** Those of whom something is true. */
export function peersWhere({ tree }: Contacts, is: (contact: Contact) => boolean): PeerId[] {
  const found: PeerId[] = []
  const search = (one: Tree): void => {
    if ('below' in one) for (const below of one.below) search(below)
    else for (const contact of one.leaf) if (is(contact)) found.push(contact.peer)
  }
  search(tree)
  return found
}

/** When (monotonic ms) the next repeat is due. */
export const nextRepeatAt = ({ tree }: Contacts): number => tree.repeatAt
