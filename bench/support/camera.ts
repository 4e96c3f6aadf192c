/** A camera that films without end; each frame carries its number and when it was made, on the machine's one monotonic clock. */
import { rosOptical, seconds } from '@auki/domain'
import type { Newcomer } from '@auki/testkit/processes'

export interface Film {
  readonly hz: number
  readonly frameBytes: number
  /** How much of it is kept. */
  readonly keptSeconds: number
}

/** Registers the log `camera` and appends to it from now on; what a late timer missed is made up for. */
export async function film({ peer, session }: Newcomer, { hz, frameBytes, keptSeconds }: Film): Promise<void> {
  const frame = await peer.registerFrame('optical', rosOptical)
  const picture = { type: 'rgb', width: 1280, height: 720, pixelFormat: 'jpeg', colorSpace: 'srgb' } as const
  const models = { intrinsicsModel: 'pinhole', distortionModel: 'none' } as const
  const sensor = await peer.registerSensor('camera', { kind: 'camera', frameRateHz: hz, frame, ...picture, ...models })
  const log = await session.registerSensorLog({ sensor, head: { kind: 'rolling', retentionNs: seconds(keptSeconds) } })
  const startMs = performance.now()
  let count = 0
  setInterval(() => {
    for (const due = ((performance.now() - startMs) * hz) / 1_000; count < due; count++) {
      const bytes = new Uint8Array(frameBytes)
      const view = new DataView(bytes.buffer)
      view.setUint32(0, count)
      view.setBigUint64(4, process.hrtime.bigint())
      void log.append({ timestampNs: session.clock.nowNs(), payload: { frame: bytes } })
    }
  }, 1_000 / hz)
}
