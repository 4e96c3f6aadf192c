/** The core takes any text for a peer's id. Whether those in a document are ids is found out before it gets one: what is none can't be dialled, nor prove itself. */
import { cutText } from '@auki/canonical'
import { isPeerId } from '@auki/identity'
import { decodeDocument } from '../core/index.ts'

/** Why a text is no membership document, or names somebody who can't be; `undefined`: nothing is wrong with it. */
export function documentFault(membershipJson: string): string | undefined {
  const document = decodeDocument(membershipJson)
  if ('invalid' in document) return document.invalid
  const stranger = document.peers.find(({ peerId }) => !isPeerId(peerId))
  return stranger === undefined ? undefined : `it lists "${cutText(stranger.peerId, 64)}", which is no peer id`
}
