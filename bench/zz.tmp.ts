import { open, write, close, fsync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import { rosBody } from '@auki/registry'
import { fileStorage } from '@auki/registry/node'
import { Peer } from '@auki/session'
const size = Number(process.argv[2]), total = Number(process.argv[3] ?? 256e6), sync = process.argv[4] === 'sync'
const N = Math.ceil(total / (size + 12))
async function log() {
  const storage = fileStorage('/tmp/lp/log')
  const peer = new Peer({ peerId: 'b', appId: 'b', storage })
  const frame = await peer.registerFrame('base', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  const session = await peer.startSession()
  const log = await session.registerSensorLog({ sensor, head: { kind: 'fixed' }, segmentDurationNs: 1_000_000_000_000n })
  const payload = new Uint8Array(size).fill(7)
  if (!sync) { const f = Object.getPrototypeOf(await storage.create('x')); f.sync = async () => {} }
  const c0 = process.cpuUsage(), t0 = performance.now()
  let waits = 0
  for (let i = 0; i < N; i++) { const r = log.append({ timestampNs: BigInt(i), payload }); if (r) { waits++; await r } }
  await log.flush()
  const ms = performance.now() - t0, c = process.cpuUsage(c0)
  await session.end(); await rm('/tmp/lp/log', { recursive: true })
  return [ms, (c.user + c.system) / 1000, waits]
}
async function plain() {
  const fd = await promisify(open)('/tmp/lp/plain', 'w'); const piece = new Uint8Array(size + 12).fill(7)
  const c0 = process.cpuUsage(), t0 = performance.now()
  await new Promise<void>((res, rej) => { let left = N; const next = (e: any) => e ? rej(e) : left-- === 0 ? res() : write(fd, piece, 0, piece.length, null, next); next(null) })
  if (sync) await promisify(fsync)(fd)
  const ms = performance.now() - t0, c = process.cpuUsage(c0)
  await promisify(close)(fd); await rm('/tmp/lp/plain')
  return [ms, (c.user + c.system) / 1000, 0]
}
const R: number[][] = []
for (let i = 0; i < 10; i++) {
  const p = await plain(), l = await log()
  R.push([p[0]!,p[1]!,l[0]!,l[1]!])
}
const min = (k: number) => Math.min(...R.map((r) => r[k]!)); console.log("plain ms", min(0).toFixed(0), "cpu", min(1).toFixed(0), "log ms", min(2).toFixed(0), "cpu", min(3).toFixed(0), "ratio ms", (min(0)/min(2)).toFixed(2), "cpu", (min(1)/min(3)).toFixed(2))
