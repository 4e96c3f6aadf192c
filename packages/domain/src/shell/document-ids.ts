/** The codec takes any text for a peer's id. Whether those in a document are ids is found out before the core gets one: what is none can't be dialled, nor prove itself. */
import { cutText, reasonOf } from '@auki/canonical'
import { isPeerId } from '@auki/identity'
import { type ClusterDocument, decodeDocument } from '@auki/network'

/** The document in a text; or why it is none, or names somebody who can't be. */
export function readDocument(membershipJson: string): { readonly document: ClusterDocument } | { readonly invalid: string } {
  try {
    const document = decodeDocument(membershipJson)
    const stranger = document.peers.find(({ peerId }) => !isPeerId(peerId))
    return stranger === undefined ? { document } : { invalid: `it lists "${cutText(stranger.peerId, 64)}", which is no peer id` }
  } catch (error) {
    return { invalid: reasonOf(error) }
  }
}
