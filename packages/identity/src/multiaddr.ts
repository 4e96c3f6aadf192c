/**
 * Multiaddrs as text, checked: the one check that the Discovery service, its clients and the wire protocols share, so that none of them takes an address
 * that another refuses.
 *
 * The library reads a text lazily and some values loosely: a peer id may be any base58, a certificate hash any multibase, and a port of SCTP wraps around.
 * So the text is turned into bytes and read back, and what comes out must be what went in.
 */
import { cutText, reasonOf, visibleText } from '@auki/canonical'
import { multiaddr } from '@multiformats/multiaddr'
import { base64url } from 'multiformats/bases/base64'
import { decode as decodeMultihash } from 'multiformats/hashes/digest'
import { IdentityError } from './errors.ts'
import { multiaddrCharsMax, multiaddrsKnownMax } from './limits.ts'
import { isPeerId } from './peer-id.ts'

/** Values with several spellings, each read back in one: so not the text is compared, but what it stands for is checked. */
const respelt: Readonly<Record<string, (value: string) => void>> = {
  p2p: (value) => {
    if (!isPeerId(value)) throw new Error(`"${value}" is not a peer id`)
  },
  certhash: (value) => {
    decodeMultihash(base64url.decode(value))
  }
}

/** Canonical texts by the texts read last: a peer's addresses come again with each answer of Discovery, and reading one takes up to 40 µs. */
const known = new Map<string, string>()

/**
 * The canonical text of a multiaddr: one spelling for each address, at most 512 UTF-16 code units long.
 *
 * Checked are the protocols, the value of each (peer ids and certificate hashes included, wherever they stand), and that the text has no characters that do
 * not show. Whether anybody can be reached there, or by which transport, is not.
 *
 * @throws IdentityError `invalid-multiaddr` with `value`, the text (cut to 512 characters), and `error`, what is wrong with it.
 */
export function canonicalMultiaddr(text: string): string {
  try {
    return canonicalOf(text)
  } catch (cause) {
    const details = { value: cutText(text, multiaddrCharsMax), error: reasonOf(cause) }
    const message = `"${details.value}" is not a multiaddr: ${details.error}; write it like /ip4/192.0.2.1/tcp/4001`
    throw new IdentityError('invalid-multiaddr', message, details, { cause })
  }
}

/** Whether {@link canonicalMultiaddr} takes the text. */
export function isMultiaddr(text: string): boolean {
  try {
    canonicalOf(text)
    return true
  } catch {
    return false
  }
}

function canonicalOf(text: string): string {
  const before = known.get(text)
  if (before !== undefined) return before
  const canonical = readBack(text)
  if (known.size >= multiaddrsKnownMax) known.clear()
  known.set(text, canonical)
  return canonical
}

function readBack(text: string): string {
  // First, because reading base 58 takes time in the square of its length.
  refuseTooLong(text)
  if (!text.isWellFormed() || /\s/.test(text) || visibleText(text) !== text) throw new Error('it has spaces or characters that do not show')
  const given = multiaddr(text)
  const address = multiaddr(given.bytes)
  const components = address.getComponents()
  if (components.length === 0) throw new Error('it is empty')
  const wanted = given.getComponents()
  if (components.length !== wanted.length) throw new Error('a value has the wrong length')
  for (const [index, { name, value }] of components.entries()) {
    const asked = wanted[index]!
    if (name !== asked.name) throw new Error(`the value of ${asked.name} has the wrong length`)
    if (respelt[name] === undefined && value !== asked.value) throw new Error(`${asked.value} is no value of ${name}`)
    respelt[name]?.(value ?? '')
  }
  const canonical = address.toString()
  refuseTooLong(canonical)
  return canonical
}

function refuseTooLong(text: string): void {
  if (text.length > multiaddrCharsMax) throw new Error(`it is longer than ${multiaddrCharsMax} characters`)
}
