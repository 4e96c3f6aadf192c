/** What an app does first, for the browser check: derive a peer id. */
import * as canonical from '@auki/canonical'
import * as identity from '@auki/identity'

declare function report(what: { peerId: string; exports: number; catalog: readonly string[] }): void

const { peerId } = identity.PeerIdentity.fromWallet(identity.Wallet.fromSeed(new Uint8Array(32).fill(3)))
report({ peerId, exports: Object.keys({ ...canonical, ...identity }).length, catalog: [] })
