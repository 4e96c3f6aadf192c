/** The whole way: entries appended to a log of a session in files, which the default provider streams. */
import { logStreamProvider } from '@auki/domain'
import { rosBody } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { Peer, type Session } from '@auki/session'
import { type Lane, type Load, pace, paced } from './lane.ts'
import { consumeOurs, produceWith } from './ours.ts'

const second = 1_000_000_000n
/** How far the recording may be ahead of the stream: a camera would not wait, a bench must. */
const aheadBytes = 2_097_152

/** Where the log is; set before the lane is opened. */
export const recordings = { directory: '' }

type Append = (payload: Uint8Array) => void | Promise<void>

async function record(session: Session): Promise<Append> {
  const log = session.logs.sensorLogs[0]!
  return (payload) => log.append({ timestampNs: session.clock.nowNs(), payload })
}

/** Appends until `over`; `sent` tells how many entries the stream has got to. */
async function flood(append: Append, { bytes }: Load, sent: () => bigint | undefined, over: AbortSignal): Promise<void> {
  const payload = new Uint8Array(bytes)
  const turn = Math.max(1, Math.floor(262_144 / (bytes + 32)))
  const ahead = Math.max(2, Math.floor(aheadBytes / bytes))
  for (let appended = 0; !over.aborted; ) {
    const taken = sent()
    if (taken !== undefined && appended - Number(taken) < ahead) {
      for (let i = 0; i < turn; i++, appended++) {
        const room = append(payload)
        if (room !== undefined) await room
      }
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function startSession(): Promise<Session> {
  const peer = new Peer({ peerId: 'bench', appId: 'bench', storage: fileStorage(recordings.directory) })
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('bench', { kind: 'rf', type: 'bench', frame })
  const session = await peer.startSession()
  await session.registerSensorLog({ sensor, head: { kind: 'rolling', retentionNs: second }, segmentDurationNs: second })
  return session
}

export const log: Lane = {
  async produce() {
    const session = await startSession()
    const append = await record(session)
    const provider = logStreamProvider(session)
    let stop = () => {}
    const side = await produceWith(() => provider)
    return {
      ...side,
      start: (load) => {
        side.start(load)
        const over = new AbortController()
        stop = () => over.abort()
        if (paced(load))
          over.signal.addEventListener(
            'abort',
            pace(load, (payload) => void append(payload))
          )
        else void flood(append, load, () => side.sent(), over.signal)
      },
      stop: async () => stop()
    }
  },
  consume: consumeOurs
}
