/**
 * A program that records until it is killed: `recording-process.ts <directory> <seed>`. It goes on where the recordings in the directory end, and
 * says on stdout what it has done: `ready`, then `<log> <number>` for what has been flushed.
 */
import { writeSync } from 'node:fs'
import { rosBody } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { type LogHandle, Peer } from '@auki/session'
import { chance } from './chance.ts'
import { numberOf, payloadOf, timestampOf } from './numbered.ts'

const [directory = '', seed = '0'] = process.argv.slice(2)
const upTo = chance(Number(seed))
const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}

say('started')
const peer = new Peer({ peerId: 'p', appId: 'recorder', storage: fileStorage(directory) })
const frame = await peer.registerFrame('base', rosBody)
const session = await peer.startSession()
const register = async (id: string, retentionNs: bigint): Promise<LogHandle<Uint8Array>> => {
  const sensor = await peer.registerSensor(id, { kind: 'rf', type: 'wifi', frame })
  const segmentDurationNs = timestampOf(50)
  return session.registerSensorLog({ sensor, clock: session.utcClock, head: { kind: 'fixed' }, segmentDurationNs, retentionNs })
}
const logs = [await register('whole', 0n), await register('rolling', timestampOf(120))]
const next = logs.map(({ extent }) => (extent === undefined ? 0 : numberOf(extent.finishAtNs) + 1))
say('ready')

for (;;) {
  const which = upTo(2)
  const log = logs[which]!
  for (let i = upTo(40); i >= 0; i--) {
    const n = next[which]!
    next[which] = n + 1
    await log.append({ timestampNs: timestampOf(n), payload: payloadOf(n) })
  }
  if (upTo(3) > 0)
    await new Promise((resolve) => setImmediate(resolve)) // let it write by itself
  else {
    await log.flush()
    say(`${log.resourceId} ${next[which]! - 1}`)
  }
}
