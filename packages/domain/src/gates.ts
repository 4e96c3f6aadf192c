/** Gates for the two everyday rules of admission: who knows a secret, and who is on a list. */
import { utf8Bytes } from '@auki/canonical'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { JoinAuthorization } from './config.ts'
import type { AdmitGate } from './shell/gate.ts'

const scheme = 'Auki-HMAC '
const tag = 'auki.join.v1'

/** A gate and the authorization that passes it. Configure both on every peer: each may be Manager at one time and a joiner at another. */
export interface SharedSecretGate extends AdmitGate {
  readonly authorization: Exclude<JoinAuthorization, string>
}

/**
 * Admits peers that know the secret. The secret is never sent: a joiner sends `Auki-HMAC ` and, in base64url without padding, HMAC-SHA256(secret, "auki.join.v1" ‖ 0 ‖
 * cluster ‖ 0 ‖ joiner's id ‖ 0 ‖ Manager's id), which is worth nothing to another joiner, cluster or Manager.
 *
 * A Manager that is asked can try guesses against what it received: use a secret that can't be guessed, such as 16 random bytes in hex.
 *
 * @throws TypeError for an empty secret, or one with a lone surrogate.
 */
export function sharedSecretGate(secret: string): SharedSecretGate {
  if (secret === '') throw new TypeError('the secret of a sharedSecretGate is empty: anybody would know it')
  const key = utf8Bytes(secret)
  const expected = (clusterName: string, joiner: string, manager: string): string =>
    scheme + base64url(hmac(sha256, key, utf8Bytes([tag, clusterName, joiner, manager].join('\0'))))
  return {
    check(peerId, authorization, { clusterName, localPeerId }) {
      if (sameText(authorization, expected(clusterName, peerId, localPeerId))) return { ok: true }
      const how =
        authorization === ''
          ? 'it sent no authorization'
          : 'its authorization was made with another secret, or for another cluster or Manager'
      return { ok: false, reason: `this cluster admits who knows its secret, and ${how}` }
    },
    authorization: ({ clusterName, localPeerId, managerPeerId }) => expected(clusterName, localPeerId, managerPeerId)
  }
}

/** Admits peers by their id, which their connection has proven. The list is copied. */
export function allowListGate(peerIds: Iterable<string>): AdmitGate {
  const allowed = new Set(peerIds)
  return {
    check: (peerId) => (allowed.has(peerId) ? { ok: true } : { ok: false, reason: `${peerId} is not on this cluster's allow-list` })
  }
}

/** Compares in constant time: how long it takes does not tell how many characters match. */
function sameText(given: string, expected: string): boolean {
  let difference = given.length ^ expected.length
  for (let index = 0; index < expected.length; index++) difference |= given.charCodeAt(index) ^ expected.charCodeAt(index)
  return difference === 0
}

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
