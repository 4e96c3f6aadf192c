/** Checks the peer ids in documents before the core gets them, which treats ids as opaque text: a member whose id is invalid could never be dialled or verified. */
import { cutText } from '@auki/canonical'
import { isPeerId } from '@auki/identity'
import { decodeDocument } from '../core/index.ts'

/** Why a text is no valid membership document; `undefined` when it is one. */
export function documentFault(membershipJson: string): string | undefined {
  const document = decodeDocument(membershipJson)
  if ('invalid' in document) return document.invalid
  const stranger = document.peers.find(({ peerId }) => !isPeerId(peerId))
  return stranger === undefined ? undefined : `it lists "${cutText(stranger.peerId, 64)}", which is no peer id`
}
