import { canonicalText, type Json } from '@auki/canonical'
import {
  type ClockSample,
  type ClockSyncOptions,
  ClockSyncState,
  type ClockTransformEstimate,
  composeDomainEstimate,
  convertTime,
  type DomainClockEstimate,
  type DomainClockSource,
  DomainClockSources,
  domainClockEntry,
  domainClockEstimate,
  domainClockRef,
  domainTimeAt,
  identityEstimate,
  inheritedSource,
  logStep,
  ntpSample,
  ownSource,
  timeTransformSample
} from '@auki/time'
import { bigintOf, expectFields, expectSame, type Fields, type Found, objectOf, objectsOf, textOf } from './expect-fields.ts'
import type { VectorCheck } from './runner.ts'

const clusterName = 'vinland'
const local = { id: 'local', hash: 'local hash' }
const remote = { id: 'remote', hash: 'remote hash' }

/** Clock samples, estimates, the domain clock and TimeTransform logs; the heartbeats of the same file are checked by their codec's checks. */
export const checks: Readonly<Record<string, VectorCheck>> = {
  ntp_sample: ({ input, expected }) =>
    expectFields(expected, () => {
      const at = (key: string) => bigintOf(input, key)
      const sample = ntpSample(at('local_send_ns'), at('remote_receive_ns'), at('remote_send_ns'), at('local_receive_ns'))
      return {
        offset_ns: sample.offsetNs,
        uncertainty_ns: sample.uncertaintyNs,
        round_trip_ns: sample.roundTripNs,
        remote_processing_ns: sample.remoteProcessingNs,
        observed_at_clock_ns: sample.observedAtClockNs
      }
    }),

  clock_sync: ({ input, expected }) => {
    const state = new ClockSyncState(syncOptions(objectOf(input, 'options')))
    let observedAtNs = 0n
    for (const sample of objectsOf(input, 'samples')) {
      state.observe(local.id, local.hash, remote.id, textOf(sample, 'remote_hash'), sampleOf(sample))
      observedAtNs = bigintOf(sample, 'observed_at_clock_ns')
    }
    expectFields(expected, () => estimateFields(state.estimate(local.id, remote.id, { nowNs: observedAtNs })))
  },

  estimate_age: ({ input, expected }) =>
    expectFields(expected, () => {
      const state = new ClockSyncState()
      const observed = { offset_ns: '0', uncertainty_ns: '0', observed_at_clock_ns: textOf(input, 'observed_at_clock_ns') }
      state.observe(local.id, local.hash, remote.id, remote.hash, sampleOf(observed))
      const estimate = state.estimate(local.id, remote.id, { nowNs: bigintOf(input, 'now_ns'), ...maxAgeOf(input) })
      return { age_ns: estimate?.ageNs }
    }),

  domain_clock: ({ input, expected }) => {
    const name = textOf(input, 'cluster_name')
    const { id, hash } = domainClockRef(name)
    expectFields(expected, () => ({ domain_clock_id: id, hash, canonical: canonicalText(domainClockEntry(name)) }))
    expectSame(new DomainClockSources(name).domainClock.hash, hash, 'the hash that heartbeats must carry')
  },

  domain_compose: ({ input, expected }) => {
    const { converts, ...fields } = expected
    expectFields(fields, () => {
      const estimate = composed(input)
      if (converts !== undefined) expectConversion(estimate, objectOf(expected, 'converts'))
      return {
        total_offset_ns: estimate.totalOffsetNs,
        uncertainty_ns: estimate.uncertaintyNs,
        observed_at_clock_ns: estimate.observedAtClockNs
      }
    })
  },

  domain_promotion: ({ input, expected }) => {
    const advertised = inheritedSource(composed(input), 'heir')
    expectFields(objectOf(expected, 'advertised'), () => ({
      backing_to_domain_offset_ns: advertised.backingToDomainOffsetNs,
      backing_to_domain_uncertainty_ns: advertised.backingToDomainUncertaintyNs
    }))
  },

  domain_source_choice: ({ input, expected }) =>
    expectFields(expected, () => {
      const sources = new DomainClockSources(clusterName)
      const told = objectsOf(input, 'sources').toSorted((a, b) => Number(bigintOf(a, 'heard_at_ns') - bigintOf(b, 'heard_at_ns')))
      for (const one of told) hearManager(sources, textOf(one, 'backing_peer_id'), textOf(one, 'backing_clock_id'))
      const source = sources.choose(textOf(input, 'manager_peer_id'))
      // Reading the clock is what says that there is none.
      if (source === undefined) domainClockEstimate({ clusterName, source, clock: local, nowNs: 0n, sync: new ClockSyncState() })
      return { backing_clock_id: source?.backingClockId }
    }),

  time_transform_sample: ({ input, expected }) => {
    const sample = timeTransformSample(bigintOf(input, 'm1_ns'), bigintOf(input, 'r_ns'), bigintOf(input, 'm2_ns'))
    expectFields(expected, () => ({
      timestamp_ns: sample.timestampNs,
      offset_ns: sample.offsetNs,
      uncertainty_ns: sample.uncertaintyNs
    }))
  },

  convert_by_log: ({ input, expected }) =>
    expectFields(expected, () => {
      const entries = objectsOf(input, 'log').map((entry) => ({
        timestampNs: bigintOf(entry, 'timestamp_ns'),
        offsetNs: bigintOf(entry, 'offset_ns'),
        uncertaintyNs: Number(entry['uncertainty_ns'])
      }))
      const steps = [logStep({ fromClock: local, toClock: remote, entries })]
      const [from, to] = textOf(input, 'direction') === 'forward' ? [local, remote] : [remote, local]
      const converted = convertTime(steps, from, to, bigintOf(input, 't_ns'), maxAgeOf(input))
      return {
        time_ns: converted.timeNs,
        offset_ns: converted.offsetNs,
        uncertainty_ns: converted.uncertaintyNs,
        age_ns: converted.ageNs
      }
    })
}

function syncOptions(options: Fields): Partial<ClockSyncOptions> {
  const { max_samples_per_pair: samples, max_sample_age_ns: age, max_uncertainty_ns: uncertainty, ...unknown } = options
  expectSame(unknown as Json, {}, 'options no check knows')
  return {
    ...(samples !== undefined && { maxSamplesPerPair: Number(samples) }),
    ...(age !== undefined && { maxSampleAgeNs: bigintOf(options, 'max_sample_age_ns') }),
    ...(uncertainty !== undefined && { maxUncertaintyNs: bigintOf(options, 'max_uncertainty_ns') })
  }
}

function maxAgeOf(input: Fields): { maxAgeNs?: bigint } {
  return 'max_age_ns' in input ? { maxAgeNs: bigintOf(input, 'max_age_ns') } : {}
}

function sampleOf(fields: Fields): ClockSample {
  const uncertaintyNs = bigintOf(fields, 'uncertainty_ns')
  return {
    offsetNs: bigintOf(fields, 'offset_ns'),
    uncertaintyNs,
    observedAtClockNs: bigintOf(fields, 'observed_at_clock_ns'),
    roundTripNs: uncertaintyNs,
    remoteProcessingNs: 0n
  }
}

function estimateFields(estimate: ClockTransformEstimate | undefined): Record<string, Found> {
  if (estimate === undefined) return { estimate: null }
  return {
    offset_ns: estimate.offsetNs,
    uncertainty_ns: estimate.uncertaintyNs,
    observed_at_clock_ns: estimate.observedAtClockNs,
    sample_count: estimate.sampleCount
  }
}

/** The composition of a vector's `estimate` and `source`, of which it gives only what counts. */
function composed(input: Fields): DomainClockEstimate {
  const [estimate, source] = [objectOf(input, 'estimate'), objectOf(input, 'source')]
  const seen: ClockTransformEstimate = {
    ...identityEstimate(local, 0n),
    toClockId: textOf(estimate, 'to_clock_id'),
    toClockHash: textOf(estimate, 'to_clock_hash'),
    offsetNs: bigintOf(estimate, 'offset_ns'),
    uncertaintyNs: bigintOf(estimate, 'uncertainty_ns'),
    observedAtClockNs: bigintOf(estimate, 'observed_at_clock_ns')
  }
  const uncertainty = 'backing_to_domain_uncertainty_ns'
  const { backingToDomainUncertaintyNs: _, ...certain } = ownSource({
    clusterName,
    peerId: 'backing peer',
    clock: { id: textOf(source, 'backing_clock_id'), hash: textOf(source, 'backing_clock_hash') },
    offsetNs: bigintOf(source, 'backing_to_domain_offset_ns')
  })
  const told: DomainClockSource =
    uncertainty in source ? { ...certain, backingToDomainUncertaintyNs: bigintOf(source, uncertainty) } : certain
  return composeDomainEstimate(seen, told)
}

function expectConversion(estimate: DomainClockEstimate, converts: Fields): void {
  const [localNs, domainNs] = [bigintOf(converts, 'local_ns'), bigintOf(converts, 'domain_ns')]
  expectSame(domainTimeAt(estimate, localNs), String(domainNs), 'local_ns → domain_ns')
  expectSame(domainNs - estimate.totalOffsetNs, String(localNs), 'domain_ns → local_ns')
}

function hearManager(sources: DomainClockSources, peerId: string, clockId: string): void {
  const source = ownSource({ clusterName, peerId, clock: { id: clockId, hash: `hash of ${clockId}` } })
  sources.hear(source, { senderPeerId: peerId, managerPeerId: peerId })
}
