/**
 * The HTTP client of Discovery, where clusters meet.
 *
 * What can be expected (a row, none, another one, a conflict) is returned as data. What is thrown is trouble: Discovery said nothing about the row.
 * A row is missing only when exactly that was answered.
 */

import { stringifyJson, systemClock } from '@auki/canonical'
import { decodeJsonText } from '../protocols/json-frame.ts'
import { discoveryListValuesMax } from '../protocols/limits.ts'
import { discoveryRequestMs, listBytesMax, rowBytesMax } from '../settings.ts'
import type { RuntimeLog } from '../swarm/log.ts'
import { isSuccess, readRow, saysAbsent, statusError } from './answer.ts'
import { BadMultiaddrs } from './bad-multiaddrs.ts'
import { checkDiscoveryUrl } from './base-url.ts'
import { claimBody, type DiscoveryClaim } from './claim.ts'
import { call, type HttpAnswer } from './http.ts'
import { isClusterName } from './name.ts'
import { type DiscoveryClusterEntry, decodeRows, readable } from './row.ts'
import { RequestSigner } from './signature.ts'
import type { CreateResult, DiscoveryCallOptions, DiscoveryClientOptions, DiscoveryFlavour, ReadResult, WriteResult } from './types.ts'
import { type DiscoveryWatch, watchRow } from './watch.ts'

/** Asks one Discovery service. Stateless but for what it has learnt of the service and the counters; it holds no connection and needs no closing. */
export class DiscoveryClient {
  readonly #baseUrl: string
  readonly #authorization: string | undefined
  readonly #signer: RequestSigner | undefined
  readonly #means: Required<Pick<DiscoveryClientOptions, 'fetch' | 'timers' | 'random'>>
  #flavour: DiscoveryFlavour = 'unknown'
  readonly #log: RuntimeLog
  readonly #badMultiaddrs: BadMultiaddrs
  #skippedRows = 0

  /** `baseUrl` like `http://host:8080`; it is checked by the first call. */
  constructor(baseUrl: string, options: DiscoveryClientOptions = {}) {
    this.#baseUrl = baseUrl
    this.#authorization = bearer(options.authorization)
    this.#signer = options.identity && new RequestSigner(options.identity)
    const { fetch = (...args) => globalThis.fetch(...args), timers = systemClock, random = Math.random } = options
    this.#means = { fetch, timers, random }
    this.#log = options.log ?? ((_level, message) => console.warn(message))
    this.#badMultiaddrs = new BadMultiaddrs(this.#log)
  }

  /** What kind of service it is, as far as its answers have told. */
  get flavour(): DiscoveryFlavour {
    return this.#flavour
  }

  /** Malformed rows that were left out of lists, since this client exists. */
  get skippedRows(): number {
    return this.#skippedRows
  }

  /** Addresses that are no multiaddrs and were left out of rows, since this client exists; one counts each time its row is read. */
  get skippedMultiaddrs(): number {
    return this.#badMultiaddrs.count
  }

  /** All clusters, in the service's order: newest first. @throws DiscoveryClientError; `signal.reason`. */
  async list(options: DiscoveryCallOptions = {}): Promise<DiscoveryClusterEntry[]> {
    return (await this.#rows(options)).filter((row) => 'managerPeerId' in row)
  }

  /** One cluster's row. @throws DiscoveryClientError; `signal.reason`. */
  async get(name: string, options: DiscoveryCallOptions = {}): Promise<ReadResult> {
    if (this.#flavour === 'reference') return this.#getFromList(name, options, undefined)
    const answer = await this.#request('GET', pathOf(name), options)
    if (saysAbsent(answer)) return { kind: 'absent' }
    if (isSuccess(answer)) {
      const row = readRow(answer)
      if (!('error' in row)) return { kind: 'row', row: this.#learn(row, answer) }
      if (answer.versioned) throw row.error
    } else if (answer.versioned && answer.status !== 404) throw statusError(answer)
    // A reference service can't be asked for one row, so this may be all it says of it; its list tells what it is.
    return this.#getFromList(name, options, answer)
  }

  /** Asks for a row of one's own. @throws DiscoveryClientError; `signal.reason`. */
  async create(name: string, claim: DiscoveryClaim, options: DiscoveryCallOptions = {}): Promise<CreateResult> {
    const answer = await this.#request('POST', pathOf(name), options, { body: stringifyJson(claimBody(claim)) })
    if (answer.status === 201) return { kind: 'created', row: this.#rowOf(answer, true) }
    if (answer.status !== 409) throw statusError(answer)
    return { kind: 'exists', row: await this.#entryOf(name, answer, options) }
  }

  /** Keeps the row alive. @throws DiscoveryClientError; `signal.reason`. */
  liveness(
    name: string,
    { peerCount, revision }: { readonly peerCount: number; readonly revision?: number | undefined },
    options: DiscoveryCallOptions = {}
  ): Promise<WriteResult> {
    return this.#write(name, '/liveness', stringifyJson({ peer_count: peerCount }), revision, options)
  }

  /** Hands the row to whoever the claim names. @throws DiscoveryClientError; `signal.reason`. */
  rotate(
    name: string,
    claim: DiscoveryClaim & { readonly revision?: number | undefined },
    options: DiscoveryCallOptions = {}
  ): Promise<WriteResult> {
    return this.#write(name, '/manager', stringifyJson(claimBody(claim)), claim.revision, options)
  }

  /** Takes the row away; one that is gone, or another's by now, is as good. @throws DiscoveryClientError; `signal.reason`. */
  async remove(
    name: string,
    { revision }: { readonly revision?: number | undefined },
    options: DiscoveryCallOptions = {}
  ): Promise<'done'> {
    const answer = await this.#request('DELETE', pathOf(name), options, { revision })
    if (isSuccess(answer) || answer.status === 412 || this.#isAbsent(answer)) return 'done'
    throw statusError(answer)
  }

  /**
   * Follows a row until `signal` aborts, then resolves; it reconnects by itself and never rejects.
   *
   * Where its snapshot does not come within 3 s, as behind a proxy that holds streams back, the row is looked at each second instead, and a warning says so
   * once. Does nothing while the service is a reference one, which has no watch.
   */
  watch(name: string, watch: DiscoveryWatch): Promise<void> {
    return watchRow(
      {
        url: () => this.#url(`${pathOf(name)}/watch`),
        ...this.#means,
        log: this.#log,
        read: (signal) => this.get(name, { signal }),
        flavour: () => this.#flavour,
        rowSeen: (row) => {
          this.#badMultiaddrs.note(row)
          if (row.revision !== undefined) this.#learnFrom(true)
        }
      },
      watch
    )
  }

  async #write(
    name: string,
    path: string,
    body: string,
    revision: number | undefined,
    options: DiscoveryCallOptions
  ): Promise<WriteResult> {
    const answer = await this.#request('POST', pathOf(name) + path, options, { body, revision })
    if (this.#isAbsent(answer)) return { kind: 'absent' }
    if (answer.status === 412) return { kind: 'conflict', row: await this.#entryOf(name, answer, options) }
    return { kind: 'ok', row: this.#rowOf(answer, isSuccess(answer)) }
  }

  /** Our service says so in words. A reference service has only the status; any other 404 comes from something that is no Discovery, or is elsewhere. */
  #isAbsent(answer: HttpAnswer): boolean {
    return saysAbsent(answer) || (answer.status === 404 && this.#flavour === 'reference')
  }

  #rowOf(answer: HttpAnswer, expected: boolean): DiscoveryClusterEntry {
    if (!expected) throw statusError(answer)
    const row = readRow(answer)
    if ('error' in row) throw row.error
    return this.#learn(row, answer)
  }

  /** The present row, which our answers of conflict carry; a reference service has it only in its list. */
  async #entryOf(name: string, answer: HttpAnswer, options: DiscoveryCallOptions): Promise<DiscoveryClusterEntry> {
    const row = readRow(answer, 'entry')
    if (!('error' in row)) return this.#learn(row, answer)
    if (answer.versioned) throw row.error
    const read = await this.#getFromList(name, options, undefined)
    if (read.kind === 'absent') throw statusError(answer)
    return read.row
  }

  /** `asked`: what was answered to the question for this one row, which our own service answers by itself. */
  async #getFromList(name: string, options: DiscoveryCallOptions, asked: HttpAnswer | undefined): Promise<ReadResult> {
    const row = (await this.#rows(options)).find((candidate) => candidate.name === name)
    if (asked !== undefined && this.#flavour !== 'reference') throw statusError(asked)
    if (!row) return { kind: 'absent' }
    if ('error' in row) throw row.error
    return { kind: 'row', row }
  }

  async #rows(options: DiscoveryCallOptions): Promise<ReturnType<typeof decodeRows>> {
    const answer = await this.#request('GET', '/clusters', options, { bytesMax: listBytesMax })
    if (!isSuccess(answer)) throw statusError(answer)
    const rows = readable(() => decodeRows(decodeJsonText(answer.body, discoveryListValuesMax)), answer.call)
    const read = rows.flatMap((row) => ('error' in row ? [] : [row]))
    this.#skippedRows += rows.length - read.length
    for (const row of read) this.#badMultiaddrs.note(row)
    this.#learnFrom(read.some(({ revision }) => revision !== undefined) || answer.versioned)
    return rows
  }

  #url(path: string): URL {
    return new URL(checkDiscoveryUrl(this.#baseUrl) + path)
  }

  async #request(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { signal, timeoutMs = discoveryRequestMs }: DiscoveryCallOptions,
    extra: { readonly body?: string; readonly revision?: number | undefined; readonly bytesMax?: number } = {}
  ): Promise<HttpAnswer> {
    const { body, revision, bytesMax = rowBytesMax } = extra
    const url = this.#url(path)
    const ifMatch = revision === undefined ? undefined : `"${revision}"`
    const headers = method === 'GET' ? {} : this.#writeHeaders(method, url, body, ifMatch)
    const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body }) }
    return call(this.#means, { url, init, timeoutMs, bytesMax, signal })
  }

  #writeHeaders(method: string, url: URL, body: string | undefined, ifMatch: string | undefined): Record<string, string> {
    return {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
      ...(this.#authorization === undefined ? {} : { Authorization: this.#authorization }),
      ...this.#signer?.sign({ method, url, body: body ?? '', ifMatch }, Date.now())
    }
  }

  /** A row tells what service it comes from, and nothing else does: any page can come with a 200. */
  #learn(row: DiscoveryClusterEntry, { versioned }: HttpAnswer): DiscoveryClusterEntry {
    this.#badMultiaddrs.note(row)
    this.#learnFrom(row.revision !== undefined || versioned)
    return row
  }

  #learnFrom(ours: boolean): void {
    this.#flavour = ours ? 'ours' : 'reference'
  }
}

function pathOf(name: string): string {
  if (!isClusterName(name)) throw new RangeError(`"${name}" is no cluster name: use 1 to 64 of A-Z a-z 0-9 _ - (and not "watch")`)
  return `/clusters/${name}`
}

function bearer(authorization = ''): string | undefined {
  const token = authorization
    .trim()
    .replace(/^bearer(\s+|$)/i, '')
    .trim()
  return token === '' ? undefined : `Bearer ${token}`
}
