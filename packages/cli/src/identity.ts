import { reasonOf } from '@auki/canonical'
import { Wallet } from '@auki/identity'
import { loadOrMintSeed } from '@auki/identity/node'
import { CliError } from './errors.ts'

/** The wallet of a seed file, which is written when it is not there; without one a new wallet that is kept nowhere. @throws CliError 'file-failed' */
export async function walletOf({ seedFile: path }: { readonly seedFile?: string }): Promise<Wallet> {
  if (path === undefined) return Wallet.generate()
  try {
    return Wallet.fromSeed(await loadOrMintSeed(path))
  } catch (cause) {
    const remedy = 'name a file of 32 bytes that only you can read, or one that is not there yet'
    throw new CliError('file-failed', `--seed-file ${path}: ${reasonOf(cause)}; ${remedy}`, { path }, { cause })
  }
}
