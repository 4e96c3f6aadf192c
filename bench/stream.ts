/**
 * `npm run bench:stream`: how many entries a second go through one stream, how old they are when they arrive, and what that costs.
 *
 * Five ways to move the same payloads from one process to another on this machine: `stream`, ours (`/auki/stream/0.2.0`) from a source that has its
 * entries in batches, as a log has; `log`, the same from a session's log in files that is appended to meanwhile; `raw`, a plain js-libp2p stream with one
 * `send` for each entry; `nats`, a publisher and a subscriber over `nats-server`, where that is installed; and `jetstream`, the same with its storage in files,
 * which is what `log` is to be compared with. Throughput is measured as fast as it goes, age at half of that.
 * Options: `-- --seconds 2 --sizes 64,1024 --lanes stream,raw --json`.
 */
import { parseArgs } from 'node:util'
import { type BenchRow, percentile, report, rounded } from './support/report.ts'
import { diskRate } from './support/stream/disk.ts'
import { NatsServer, natsVersion } from './support/stream/nats-server.ts'
import { bundleWorker, Pair, type Window } from './support/stream/pair.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    sizes: { type: 'string', default: '64,1024,65536,1048576' },
    lanes: { type: 'string', default: 'stream,log,raw,nats,jetstream' },
    json: { type: 'boolean', default: false }
  }
})
const windowMs = Number(values.seconds) * 1_000
const warmUpMs = 1_000
const sizes = values.sizes.split(',').map(Number)
const nats = natsVersion()
const lanes = values.lanes.split(',').filter((lane) => !['nats', 'jetstream'].includes(lane) || nats !== undefined)

const say = (text: string): void => {
  if (!values.json) console.error(text)
}

/** As fast as it goes, then at half of that, and, to be compared, at half of what the raw stream does. */
async function measure(lane: string, bytes: number, rawPerSecond: number | undefined, server: NatsServer | undefined): Promise<BenchRow> {
  say(`${lane}, ${bytes} B`)
  using pair = await Pair.open(lane, server)
  const full = await pair.measure({ load: { bytes, perSecond: undefined }, warmUpMs, windowMs })
  const atHalf = (perSecond: number) => pair.measure({ load: { bytes, perSecond: perSecond / 2 }, warmUpMs, windowMs })
  const half = await atHalf(full.entriesPerSecond)
  const asRaw = rawPerSecond === undefined ? half : await atHalf(rawPerSecond)
  const queued = Math.max(full.queuedBytesMax, half.queuedBytesMax, asRaw.queuedBytesMax)
  return {
    lane,
    bytes,
    entriesPerSecond: Math.round(full.entriesPerSecond),
    megabytesPerSecond: rounded((full.entriesPerSecond * bytes) / 1e6),
    cpuSecondsPerGb: rounded(full.cpuSeconds / ((full.entries * bytes) / 1e9)),
    halfP50Ms: ageMs(half, 0.5),
    halfP99Ms: ageMs(half, 0.99),
    asRawP50Ms: ageMs(asRaw, 0.5),
    asRawP99Ms: ageMs(asRaw, 0.99),
    queuedKiBMax: Math.ceil(queued / 1_024),
    peakRssMiB: Math.round(full.peakRssBytes / 2 ** 20)
  }
}

const ageMs = ({ latenciesNs }: Window, share: number): number => Math.round(percentile([...latenciesNs], share) / 1e4) / 100

await bundleWorker()
await using server = lanes.some((lane) => ['nats', 'jetstream'].includes(lane)) ? await NatsServer.start() : undefined
const diskBytesPerSecond = await diskRate(windowMs)
const rows: BenchRow[] = []
for (const bytes of sizes) {
  // The raw stream comes first: its rate is the load at which all are compared.
  const order = lanes.toSorted((a, b) => Number(b === 'raw') - Number(a === 'raw'))
  let rawPerSecond: number | undefined
  for (const lane of order) {
    const row = await measure(lane, bytes, rawPerSecond, server)
    if (lane === 'raw') rawPerSecond = row['entriesPerSecond'] as number
    rows.push(row)
  }
}

const rate = (lane: string, bytes: number): number =>
  (rows.find((row) => row['lane'] === lane && row['bytes'] === bytes)?.['entriesPerSecond'] as number | undefined) ?? Number.NaN
const times = (one: number, other: number): string => (Number.isNaN(one / other) ? '–' : (one / other).toFixed(2))
const ratios = (bytes: number): string => {
  const [stream, log] = [rate('stream', bytes), rate('log', bytes)]
  const bound = Math.min(stream, diskBytesPerSecond / bytes)
  return (
    `${bytes} B: stream moves ${times(stream, rate('raw', bytes))} times the entries of raw, ${times(stream, rate('nats', bytes))} times those of nats; ` +
    `log ${times(log, bound)} times the smaller of stream and the disk, ${times(log, rate('jetstream', bytes))} times jetstream.`
  )
}
report('stream', rows, {
  json: values.json,
  notes: [
    ...sizes.map(ratios),
    `The disk takes ${Math.round(diskBytesPerSecond / 1e6)} MB/s, one block after the other and synced in the end.`,
    'Ages are one way, at half of the own rate and at half of the raw stream’s. Queued: the most that waited in the producer’s substream and socket.',
    nats === undefined
      ? 'nats-server is not installed (Debian: apt-get install nats-server): no comparison with it.'
      : `${nats}; it does not encrypt.`
  ]
})
