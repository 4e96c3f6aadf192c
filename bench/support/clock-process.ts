/**
 * A process with one peer in it that tells its parent how its clock really runs, and how far off it takes the Manager's clock to be.
 *
 * All processes of a machine read one system clock, so what is true is known: the difference of the zeros of two session clocks. The reference's
 * estimator gets the very samples that ours gets.
 */
import { ClusterTarget, type Domain, type StreamProvider } from '@auki/domain'
import { initOf, newcomer, onCall, type Place } from '@auki/testkit/processes'
import { ClockSyncState, offsetAt, type SessionClock } from '@auki/time'

export type ClockCall =
  | { readonly call: 'create' }
  | {
      readonly call: 'measure'
      /** Read meanwhile what the Manager streams. */
      readonly loaded: boolean
      /** How long to read estimates, once they settled; ms. */
      readonly measureMs: number
    }

/** Where the session clock of the Manager has its zero, on the machine's clock; ns. */
export interface ClockZero {
  readonly zeroNs: bigint
}

/** Estimated offset of the Manager's clock minus `zeroNs` of ours, so that the parent can compare it with what is true; ns. */
export interface ClockResult {
  readonly zeroNs: bigint
  /** From the end of `Domain.join` until domain time was known; ms. */
  readonly domainTimeAfterMs: number
  readonly ours: readonly bigint[]
  readonly reference: readonly bigint[]
  readonly oursUncertainty: readonly bigint[]
  /** What was read meanwhile, MB/s. */
  readonly megabytesPerSecond: number
}

const settleMs = 5_000
const readEveryMs = 10
const chunkBytes = 65_536
/** 100 MB/s in pieces of 64 KiB. */
const chunksPerSecond = 1_600

/** A presence ends when nobody holds it. */
const held: Domain[] = []

/** Where the session clock's zero is on the machine's clock; the read that was interrupted least tells. */
function zeroOf(clock: SessionClock): bigint {
  let best = { zeroNs: 0n, tookNs: 2n ** 62n }
  for (let n = 0; n < 10_000; n++) {
    const before = process.hrtime.bigint()
    const nowNs = clock.nowNs()
    const after = process.hrtime.bigint()
    if (after - before < best.tookNs) best = { zeroNs: (before + after) / 2n - nowNs, tookNs: after - before }
  }
  return best.zeroNs
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function* load() {
  const payload = new Uint8Array(chunkBytes)
  const startMs = performance.now()
  for (let sent = 0; ; ) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * chunksPerSecond)
    if (due <= sent) await pause(5)
    // What could not be sent in time is not made up for.
    for (sent = Math.max(sent, due - 64); sent < due; sent++) yield { timestampNs: 0n, payload }
  }
}

const unset = { sensorId: '', sensorHash: '', clockId: '', clockHash: '', frameId: '', frameHash: '', payload: '', expectedRateHz: 0 }
const unsetToo = { fromFrameId: '', fromFrameHash: '', toFrameId: '', toFrameHash: '', writerMode: '' }
const serveLoad: StreamProvider = (_requester, { resourceId }) => ({
  accept: { kind: 'bytes', manifest: { ...unset, ...unsetToo, resourceId }, source: load() }
})

/** A second state beside every one that the SDK has: the reference's estimator. */
function withReference(): ClockSyncState {
  const reference = new ClockSyncState({ estimator: 'lowest-uncertainty' })
  const { observe } = ClockSyncState.prototype
  ClockSyncState.prototype.observe = function (...args) {
    if (this !== reference) observe.apply(reference, args)
    return observe.apply(this, args)
  }
  return reference
}

const place = initOf<Place>()

async function run(call: ClockCall): Promise<ClockZero | ClockResult> {
  const reference = withReference()
  const { session, join } = await newcomer('bench')
  const zeroNs = zeroOf(session.clock)
  const target = call.call === 'create' ? ClusterTarget.create(place.cluster) : ClusterTarget.join(place.cluster)
  const domain = await join(place, { target, log: () => {}, streamProvider: serveLoad })
  held.push(domain)
  if (call.call === 'create') return { zeroNs }
  const domainTimeAfterMs = await untilDomainTime(domain)
  const reading = call.loaded ? readLoad(domain) : undefined
  await pause(settleMs)
  const bytesBefore = reading?.bytes ?? 0
  const measured = await measure(domain, session.clock, reference, call.measureMs)
  const megabytesPerSecond = ((reading?.bytes ?? 0) - bytesBefore) / call.measureMs / 1_000
  await domain.leave()
  return { zeroNs, domainTimeAfterMs, ...measured, megabytesPerSecond }
}

async function untilDomainTime({ clusterManager }: Domain): Promise<number> {
  const startMs = performance.now()
  for (;;) {
    try {
      clusterManager.domainTimeNow()
      return performance.now() - startMs
    } catch {
      await pause(1)
    }
  }
}

function readLoad({ clusterManager }: Domain): { bytes: number } {
  const read = { bytes: 0 }
  const manager = clusterManager.managerPeerId!
  const request = { resourceId: 'load', sourcePeerId: manager, from: 'latest' } as const
  const reading = async (): Promise<void> => {
    for await (const { payload } of await clusterManager.openStream(manager, request, 'bytes')) read.bytes += payload.length
  }
  void reading().catch(() => {}) // ends as we leave
  return read
}

async function measure({ clusterManager }: Domain, clock: SessionClock, reference: ClockSyncState, measureMs: number) {
  const ours: bigint[] = []
  const oursUncertainty: bigint[] = []
  const theirs: bigint[] = []
  const [first] = clusterManager.clockSyncEstimates()
  if (first === undefined) throw new Error('no sample of the clock of the Manager')
  for (const endMs = performance.now() + measureMs; performance.now() < endMs; await pause(readEveryMs)) {
    const nowNs = clock.nowNs()
    const our = clusterManager.clockSyncEstimate(clock.id, first.toClockId)!
    const their = reference.estimate(clock.id, first.toClockId, { nowNs })!
    ours.push(offsetAt(our, nowNs))
    oursUncertainty.push(our.uncertaintyNs)
    theirs.push(offsetAt(their, nowNs))
  }
  return { ours, oursUncertainty, reference: theirs }
}

onCall(run)
