import { PeerIdentity } from '@auki/identity'
import type { Host } from '../host.ts'
import { walletOf } from '../identity.ts'
import { Output } from '../output.ts'

export async function id(options: { readonly seedFile?: string; readonly json?: boolean }, host: Host): Promise<void> {
  const wallet = await walletOf(options)
  const { peerId } = PeerIdentity.fromWallet(wallet)
  const { walletId } = wallet
  new Output(host, options).tell({ peerId, walletId }, [`peer id    ${peerId}`, `wallet id  ${walletId}`])
}
