/**
 * Noise with Node's own cipher, which is what most of a stream's cost depends on.
 *
 * The library prepares its key anew for every message, which costs more than encrypting a small one does, and copies each message that it decrypts.
 * Here a key is prepared once per connection and direction, and nothing is copied. What goes over the wire is the same. For the copy the private `decrypt` of
 * an encrypted connection is replaced, which uses the private `handshake`.
 *
 * Seen in @libp2p/noise 17.0.3; canary: canaries.test.ts, and against the library's own encryption: encrypter.test.ts.
 */
import { createCipheriv, createDecipheriv, createSecretKey, getCiphers, type KeyObject } from 'node:crypto'
import { type ICryptoInterface, noise } from '@libp2p/noise'
import { asCrypto, defaultCrypto, pureJsCrypto } from '@libp2p/noise/crypto'
import { Uint8ArrayList } from 'uint8arraylist'
import { corked } from './corked.ts'

const algorithm = 'chacha20-poly1305'
const tagBytes = 16
const options = { authTagLength: tagBytes }
/** Below this the library's WebAssembly is faster. */
const messageBytesMin = 400

/** The two keys of each connection, as Node wants them. */
const prepared = new WeakMap<Uint8Array, KeyObject>()

function prepare(key: Uint8Array): KeyObject {
  let ready = prepared.get(key)
  if (ready === undefined) {
    ready = createSecretKey(key)
    prepared.set(key, ready)
  }
  return ready
}

const encrypt: ICryptoInterface['chaCha20Poly1305Encrypt'] = (plaintext, nonce, ad, key) => {
  if (plaintext.byteLength < messageBytesMin) return defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key)
  const cipher = createCipheriv(algorithm, prepare(key), nonce, options)
  cipher.setAAD(ad, { plaintextLength: plaintext.byteLength })
  const ciphertext = new Uint8ArrayList()
  for (const part of plaintext instanceof Uint8Array ? [plaintext] : plaintext) ciphertext.append(cipher.update(part))
  cipher.final()
  ciphertext.append(cipher.getAuthTag())
  return ciphertext
}

const decrypt: ICryptoInterface['chaCha20Poly1305Decrypt'] = (message, nonce, ad, key, target) => {
  if (message.byteLength < messageBytesMin) return defaultCrypto.chaCha20Poly1305Decrypt(message, nonce, ad, key, target)
  const bytes = message.byteLength - tagBytes
  const decipher = createDecipheriv(algorithm, prepare(key), nonce, options)
  decipher.setAAD(ad, { plaintextLength: bytes })
  decipher.setAuthTag(message.subarray(bytes))
  const plaintext = new Uint8ArrayList()
  const ciphertext = message instanceof Uint8Array ? [message.subarray(0, bytes)] : message.sublist(0, bytes)
  for (const part of ciphertext) plaintext.append(decipher.update(part))
  decipher.final()
  return plaintext
}

const quick: ICryptoInterface = { ...defaultCrypto, chaCha20Poly1305Encrypt: encrypt, chaCha20Poly1305Decrypt: decrypt }

/** For runtimes whose `node:crypto` lacks the cipher, as Bun's does: the library's WebAssembly and JavaScript, slower and the same on the wire. */
const plain: ICryptoInterface = { ...pureJsCrypto, ...asCrypto }

/**
 * Noise, over connections that write what belongs together at once.
 *
 * @param ciphers - what this runtime's `node:crypto` encrypts with
 */
export function encrypter(ciphers: readonly string[] = getCiphers()): ReturnType<typeof noise> {
  const isQuick = ciphers.includes(algorithm)
  const make = noise({ crypto: isQuick ? quick : plain })
  return (components) => {
    const secure = make(components)
    const { secureInbound, secureOutbound } = secure
    const finish = isQuick ? uncopied : <S>(secured: S): S => secured
    secure.secureInbound = async (connection, ...rest) => finish(await secureInbound.call(secure, corked(connection), ...rest))
    secure.secureOutbound = async (connection, ...rest) => finish(await secureOutbound.call(secure, corked(connection), ...rest))
    return secure
  }
}

interface Decrypting {
  handshake: { decrypt(message: Uint8ArrayList): Uint8ArrayList }
  decrypt(message: Uint8ArrayList): Uint8ArrayList
}

/** The library copies every message to have a place for the result, which our cipher does not use. */
function uncopied<S extends { readonly connection: object }>(secured: S): S {
  const { connection } = secured as { readonly connection: Partial<Decrypting> }
  const { handshake, decrypt } = connection
  if (handshake !== undefined && decrypt !== undefined) connection.decrypt = (message) => handshake.decrypt(message)
  return secured
}
