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
import { multiaddrCharsMax } from './limits.ts'
import { isPeerId } from './peer-id.ts'

/** Values with several spellings: each is read back in one, so what it stands for is checked, not its text. */
const respelt: Readonly<Record<string, (value: string) => unknown>> = {
  p2p: (value) => isPeerId(value) || refuse(`"${value}" is not a peer id`),
  certhash: (value) => decodeMultihash(base64url.decode(value))
}

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
    return readBack(text)
  } catch (cause) {
    const details = { value: cutText(text, multiaddrCharsMax), error: reasonOf(cause) }
    const message = `"${details.value}" is not a multiaddr: ${details.error}; write it like /ip4/192.0.2.1/tcp/4001`
    throw new IdentityError('invalid-multiaddr', message, details, { cause })
  }
}

/** What is wrong with a text that is no multiaddr, as {@link canonicalMultiaddr} finds; `undefined` for one. */
export function multiaddrFault(text: string): string | undefined {
  try {
    readBack(text)
    return undefined
  } catch (cause) {
    return reasonOf(cause) || 'it cannot be read'
  }
}

function readBack(text: string): string {
  // First, because reading base 58 takes time in the square of its length.
  if (text.length > multiaddrCharsMax) refuse(tooLong)
  if (!text.isWellFormed() || /\s/.test(text) || visibleText(text) !== text) refuse('it has spaces or characters that do not show')
  const given = multiaddr(text)
  const wanted = given.getComponents()
  if (wanted.length === 0) refuse('it is empty')
  const address = multiaddr(given.bytes)
  const read = address.getComponents()
  for (const [index, { name, value = '' }] of wanted.entries()) {
    const check = respelt[name] ?? ((back: string) => back === value || refuse(`"${value}" is no value of ${name}`))
    if (read[index]?.name !== name) refuse('a value has the wrong length')
    check(read[index]?.value ?? '')
  }
  const canonical = address.toString()
  return canonical.length > multiaddrCharsMax ? refuse(tooLong) : canonical
}

const tooLong = `it is longer than ${multiaddrCharsMax} characters`

function refuse(why: string): never {
  throw new Error(why)
}
