/**
 * A program that records in many logs at once: `many-logs-process.ts <directory> <logs>`. Half way it takes all the files that the system lets it open, and gives
 * them back a moment later. Says on stdout how many entries were read back, and how many files were open at most.
 */
import { closeSync, openSync, readdirSync } from 'node:fs'
import { rosBody } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { type LogHandle, Peer } from '@auki/session'

const [directory = '', count = '0'] = process.argv.slice(2)
const peer = new Peer({ peerId: 'p', appId: 'recorder', storage: fileStorage(directory) })
const frame = await peer.registerFrame('base', rosBody)
const session = await peer.startSession()
const register = async (i: number): Promise<LogHandle<Uint8Array>> => {
  const sensor = await peer.registerSensor(`s${i}`, { kind: 'rf', type: 'wifi', frame })
  return session.registerSensorLog({ sensor, head: { kind: 'fixed' } })
}
const logs = await Promise.all(Array.from({ length: Number(count) }, (_, i) => register(i)))
let openMax = 0
const append = async (): Promise<void> => {
  for (const log of logs) void log.append({ timestampNs: session.clock.nowNs(), payload: Uint8Array.of(1, 2, 3) })
  const flushing = Promise.all(logs.map((log) => log.flush()))
  for (let done = false; !done; ) {
    openMax = Math.max(openMax, readdirSync('/proc/self/fd').length)
    done = await Promise.race([flushing.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))])
  }
}

await append()
await append()
const taken: number[] = []
const release = (): void => {
  for (const file of taken.splice(0)) closeSync(file)
}
try {
  for (;;) taken.push(openSync('/dev/null', 'r'))
} catch {
  setTimeout(release, 300)
}
// The directory of open files can't be read now, either.
for (const log of logs) void log.append({ timestampNs: session.clock.nowNs(), payload: Uint8Array.of(1, 2, 3) })
await Promise.all(logs.map((log) => log.flush()))
let entries = 0
for (const log of logs) for await (const _ of log.read()) entries += 1
await session.end()
console.log(JSON.stringify({ entries, openMax, failures: logs.filter(({ failure }) => failure !== undefined).length }))
