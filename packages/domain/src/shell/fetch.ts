/** Requests to other members: participant info, catalogs and registry entries. */
import { type AukiError, reasonOf } from '@auki/canonical'
import {
  type ParticipantInfo,
  type PeerRuntime,
  type RegistryEnvelope,
  RequestError,
  type ResourcesRequest,
  type ResourcesResponse
} from '@auki/network'
import { type Entry, RegistryError, type RegistryKind, type RegistryRef, verifyEntry } from '@auki/registry'
import type { SensorLogEntry } from '@auki/session'
import { FetchParticipantInfoError, FetchRegistryEntryError, FetchResourcesCatalogError } from '../errors.ts'

/** The last argument of every async call: aborting `signal` rejects with its reason. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** Which registry entry: by its reference, or by its owner's peer id, its id and its hash. */
export type EntryQuestion =
  | [reference: RegistryRef, options?: CallOptions]
  | [peerId: string, id: string, hash: string, options?: CallOptions]

/** As {@link EntryQuestion}, or by a catalog row: the sensor whose log it is. */
export type SensorQuestion = EntryQuestion | [row: SensorLogEntry, options?: CallOptions]

/** What carries the requests, and whether the presence is over. */
export interface Asking {
  readonly runtime: PeerRuntime
  readonly isStopped: boolean
}

/** Asks, unless aborted before. An abort rejects with `signal.reason`, whatever else the request would fail of. @throws what `failed` makes of the cause. */
async function ask<T>({ signal }: CallOptions, request: () => Promise<T>, failed: (cause: unknown) => AukiError): Promise<T> {
  signal?.throwIfAborted()
  try {
    return await request()
  } catch (cause) {
    signal?.throwIfAborted()
    throw failed(cause)
  }
}

/** @throws FetchParticipantInfoError */
export async function fetchParticipantInfo({ runtime, isStopped }: Asking, peerId: string, options: CallOptions): Promise<ParticipantInfo> {
  options.signal?.throwIfAborted()
  if (isStopped) throw new FetchParticipantInfoError('stopped', `can't ask ${peerId} who it is: the cluster was left; join again`)
  return ask(
    options,
    () => runtime.requestInfo(peerId, options),
    (cause) => {
      const isUnreadable = cause instanceof RequestError && cause.details['phase'] === 'decode'
      const message = isUnreadable
        ? `${peerId} sent participant info that can't be read: ${reasonOf(cause)}; look at its version`
        : `${peerId} did not say who it is: ${reasonOf(cause)}`
      return new FetchParticipantInfoError(isUnreadable ? 'invalid-json' : 'request', message, { peerId }, { cause })
    }
  )
}

/** @throws FetchResourcesCatalogError */
export function fetchResourcesCatalog(
  { runtime }: Asking,
  peerId: string,
  request: ResourcesRequest,
  options: CallOptions
): Promise<ResourcesResponse> {
  return ask(
    options,
    () => runtime.requestResources(peerId, request, options),
    (cause) => new FetchResourcesCatalogError('request', `${peerId} did not say what it has: ${reasonOf(cause)}`, { peerId }, { cause })
  )
}

/** An entry of a peer, checked to be exactly the one asked for. @throws FetchRegistryEntryError */
export async function fetchRegistryEntry<K extends RegistryKind>(
  { runtime, isStopped }: Asking,
  kind: K,
  question: SensorQuestion
): Promise<Entry<K>> {
  const [asked, options] = questionOf(question)
  options.signal?.throwIfAborted()
  const { peerId, id, hash } = asked
  const what = `the ${kind} entry "${id}" (${hash}) of ${peerId}`
  if (isStopped) throw new FetchRegistryEntryError('stopped', `can't fetch ${what}: the cluster was left; join again`)
  const envelope = await ask(
    options,
    () => runtime.requestRegistryEntry(peerId, { kind, id, hash }, options),
    (cause) => new FetchRegistryEntryError('request', `could not fetch ${what}: ${reasonOf(cause)}`, { peerId, kind, id, hash }, { cause })
  )
  if (envelope !== null) return verified(kind, asked, envelope, what)
  throw new FetchRegistryEntryError('not-found', `${what} is not there; take id and hash from its present catalog`, { kind, id, hash })
}

function questionOf(question: SensorQuestion): [asked: RegistryRef, options: CallOptions] {
  const [first, second, third, fourth] = question
  if (typeof first === 'string') return [{ peerId: first, id: second as string, hash: third as string }, fourth ?? {}]
  return ['variant' in first ? sensorOf(first) : first, (second as CallOptions | undefined) ?? {}]
}

function sensorOf({ sourcePeerId, resourceId, sensor }: SensorLogEntry): RegistryRef {
  if (sensor !== undefined) return { peerId: sourcePeerId, id: sensor.sensorId, hash: sensor.sensorHash }
  throw new FetchRegistryEntryError('not-found', `the row of "${resourceId}" names no sensor: its peer does not say which one it is`)
}

function verified<K extends RegistryKind>(kind: K, asked: RegistryRef, envelope: RegistryEnvelope, what: string): Entry<K> {
  const wrong = (['kind', 'id', 'hash'] as const).find((field) => envelope[field] !== { ...asked, kind }[field])
  if (wrong !== undefined) {
    const text = `asked for ${what}, got one with the ${wrong} "${envelope[wrong]}"`
    throw new FetchRegistryEntryError('invalid-envelope', text, { text })
  }
  try {
    return verifyEntry(kind, asked, new TextEncoder().encode(envelope.canonicalJson))
  } catch (cause) {
    throw cause instanceof RegistryError ? unverified(cause, what) : cause
  }
}

function unverified(cause: RegistryError, what: string): FetchRegistryEntryError {
  const text = `${what} is not what was asked for: ${cause.message}`
  const { expected = null, found = null } = cause.details
  switch (cause.code) {
    case 'hash-mismatch':
      return new FetchRegistryEntryError('hash-mismatch', text, { expected, actual: found }, { cause })
    case 'json':
      return new FetchRegistryEntryError('invalid-json', text, {}, { cause })
    default:
      return new FetchRegistryEntryError('invalid-envelope', text, { text }, { cause })
  }
}
