import { Wallet } from '@auki/identity'
import { loadOrMintSeed } from '@auki/identity/node'

/** The wallet of a seed file, which is written when it is not there; without one a new wallet that is kept nowhere. @throws IdentityError */
export async function walletOf({ seedFile }: { readonly seedFile?: string }): Promise<Wallet> {
  return seedFile === undefined ? Wallet.generate() : Wallet.fromSeed(await loadOrMintSeed(seedFile))
}
