/** What an app does first, for the browser check: take an identity, describe a camera, start a session and list what it offers. */
import * as sdk from '@auki/domain'

declare function report(what: { peerId: string; exports: number; catalog: readonly string[] }): void

const { peerId } = sdk.PeerIdentity.fromWallet(sdk.Wallet.fromSeed(new Uint8Array(32).fill(3)))
const peer = new sdk.Peer({ peerId, appId: 'browser-check' })
const frame = await peer.registerFrame('camera_optical', sdk.rosOptical)
const camera = await peer.registerSensor('camera', {
  kind: 'camera',
  type: 'rgb',
  frame,
  width: 640,
  height: 480,
  frameRateHz: 30,
  pixelFormat: 'rgb8',
  colorSpace: 'srgb',
  intrinsicsModel: 'pinhole',
  distortionModel: 'none'
})
const run = await peer.startSession()
await run.registerSensorLog({ sensor: camera, head: { kind: 'rolling', retentionNs: 5_000_000_000n } })
const catalog = sdk.catalogOf(peer, run).map((row) => `${row.variant} ${row.resourceId}`)
await run.end()
report({ peerId, exports: Object.keys(sdk).length, catalog })
