/**
 * The HTTP client of Discovery, where clusters meet.
 *
 * What can be expected (a row, none, another one, a conflict) is returned as data. What is thrown is trouble: Discovery said nothing about the row.
 * A row is missing only when exactly that was answered.
 */
import { cutText, stringifyJson } from '@auki/canonical'
import { decodeJsonText } from '../protocols/json-frame.ts'
import { discoveryListValuesMax, discoveryRowValuesMax } from '../protocols/limits.ts'
import { systemTimers, type Timers } from '../runtime/env.ts'
import { claimBody, type DiscoveryClaim } from './claim.ts'
import { DiscoveryClientError } from './errors.ts'
import { call, type HttpAnswer } from './http.ts'
import { isClusterName } from './name.ts'
import { type DiscoveryClusterEntry, decodeRow, decodeRows, readable } from './row.ts'
import { RequestSigner } from './signature.ts'
import type { CreateResult, DiscoveryCallOptions, DiscoveryClientOptions, DiscoveryFlavour, ReadResult, WriteResult } from './types.ts'
import { type DiscoveryWatch, watchRow } from './watch.ts'

/** Whole request, answer included, unless the caller says otherwise. */
const requestMs = 2_000
const rowBytesMax = 262_144
const listBytesMax = 33_554_432
/** Of an answer that fits no rule, this much is kept for the reader of the error. */
const bodyCharsKept = 2_000

export class DiscoveryClient {
  readonly #baseUrl: string
  readonly #authorization: string | undefined
  readonly #signer: RequestSigner | undefined
  readonly #fetch: typeof globalThis.fetch
  readonly #timers: Timers
  readonly #random: () => number
  #flavour: DiscoveryFlavour = 'unknown'
  #skippedRows = 0

  constructor(baseUrl: string, options: DiscoveryClientOptions = {}) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '')
    this.#authorization = bearer(options.authorization)
    this.#signer = options.identity && new RequestSigner(options.identity)
    this.#fetch = options.fetch ?? ((...args) => globalThis.fetch(...args))
    this.#timers = options.timers ?? systemTimers
    this.#random = options.random ?? Math.random
  }

  get flavour(): DiscoveryFlavour {
    return this.#flavour
  }

  /** Malformed rows that were left out of lists, since this client exists. */
  get skippedRows(): number {
    return this.#skippedRows
  }

  /** All clusters, in the service's order: newest first. @throws DiscoveryClientError; `signal.reason`. */
  async list(options: DiscoveryCallOptions = {}): Promise<DiscoveryClusterEntry[]> {
    return (await this.#rows(options)).filter((row) => 'managerPeerId' in row)
  }

  /** One cluster's row. @throws DiscoveryClientError; `signal.reason`. */
  async get(name: string, options: DiscoveryCallOptions = {}): Promise<ReadResult> {
    if (this.#flavour === 'reference') return this.#getFromList(name, options)
    const answer = await this.#send('GET', name, '', options)
    if (!answer.versioned) return this.#getFromList(name, options)
    if (answer.status === 404) return { kind: 'absent' }
    return { kind: 'row', row: this.#rowOf(answer, isSuccess(answer)) }
  }

  /** Asks for a row of one's own. @throws DiscoveryClientError; `signal.reason`. */
  async create(name: string, claim: DiscoveryClaim, options: DiscoveryCallOptions = {}): Promise<CreateResult> {
    const answer = await this.#send('POST', name, '', options, { body: stringifyJson(claimBody(claim)) })
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
    const answer = await this.#send('DELETE', name, '', options, { revision })
    if (isSuccess(answer) || answer.status === 404 || answer.status === 412) return 'done'
    throw statusError(answer)
  }

  /**
   * Follows a row until `signal` aborts, then resolves; it reconnects by itself and never rejects.
   *
   * Does nothing while the service is a reference one, which has no watch.
   */
  watch(name: string, watch: DiscoveryWatch): Promise<void> {
    return watchRow(
      {
        url: () => this.#urlOf(name, '/watch'),
        fetch: this.#fetch,
        timers: this.#timers,
        random: this.#random,
        flavour: () => this.#flavour,
        answered: (versioned) => this.#learn(versioned)
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
    const answer = await this.#send('POST', name, path, options, { body, revision })
    if (answer.status === 404) return this.#absent(answer)
    if (answer.status === 412) return { kind: 'conflict', row: await this.#entryOf(name, answer, options) }
    return { kind: 'ok', row: this.#rowOf(answer, isSuccess(answer)) }
  }

  /** A service of ours says so itself; a 404 without its header comes from something in between. */
  #absent(answer: HttpAnswer): { readonly kind: 'absent' } {
    if (this.#flavour === 'ours' && !answer.versioned) throw statusError(answer)
    return { kind: 'absent' }
  }

  #rowOf(answer: HttpAnswer, expected: boolean): DiscoveryClusterEntry {
    if (!expected) throw statusError(answer)
    return decodeRow(readable(() => decodeJsonText(answer.body, discoveryRowValuesMax)))
  }

  /** The present row, which answers of conflict carry; a reference service has it only in its list. */
  async #entryOf(name: string, answer: HttpAnswer, options: DiscoveryCallOptions): Promise<DiscoveryClusterEntry> {
    if (answer.versioned) return decodeRow(readable(() => decodeJsonText(answer.body, discoveryRowValuesMax).record('entry')))
    const read = await this.#getFromList(name, options)
    if (read.kind === 'absent') throw statusError(answer)
    return read.row
  }

  async #getFromList(name: string, options: DiscoveryCallOptions): Promise<ReadResult> {
    const row = (await this.#rows(options)).find((candidate) => candidate.name === name)
    if (!row) return { kind: 'absent' }
    if ('error' in row) throw row.error
    return { kind: 'row', row }
  }

  async #rows(options: DiscoveryCallOptions): Promise<ReturnType<typeof decodeRows>> {
    const answer = await this.#request('GET', this.#url('/clusters'), options, { bytesMax: listBytesMax })
    if (!isSuccess(answer)) throw statusError(answer)
    const rows = decodeRows(readable(() => decodeJsonText(answer.body, discoveryListValuesMax)))
    this.#skippedRows += rows.filter((row) => 'error' in row).length
    return rows
  }

  #urlOf(name: string, path: string): URL {
    if (!isClusterName(name)) throw new RangeError(`"${name}" is no cluster name: use 1 to 64 of A-Z a-z 0-9 _ - (and not "watch")`)
    return this.#url(`/clusters/${encodeURIComponent(name)}${path}`)
  }

  #url(path: string): URL {
    try {
      return new URL(this.#baseUrl + path)
    } catch (cause) {
      throw new DiscoveryClientError(
        'transport',
        `"${this.#baseUrl}" is no URL of a Discovery service: write it like http://host:8080`,
        {},
        { cause }
      )
    }
  }

  #send(
    method: 'GET' | 'POST' | 'DELETE',
    name: string,
    path: string,
    options: DiscoveryCallOptions,
    extra: { readonly body?: string; readonly revision?: number | undefined } = {}
  ): Promise<HttpAnswer> {
    return this.#request(method, this.#urlOf(name, path), options, extra)
  }

  async #request(
    method: 'GET' | 'POST' | 'DELETE',
    url: URL,
    { signal, timeoutMs = requestMs }: DiscoveryCallOptions,
    extra: { readonly body?: string; readonly revision?: number | undefined; readonly bytesMax?: number }
  ): Promise<HttpAnswer> {
    const { body, revision, bytesMax = rowBytesMax } = extra
    const ifMatch = revision === undefined || this.#flavour === 'reference' ? undefined : `"${revision}"`
    const headers = method === 'GET' ? {} : this.#writeHeaders(method, url, body, ifMatch)
    const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body }) }
    const answer = await call(this.#fetch, this.#timers, { url, init, timeoutMs, bytesMax, signal })
    if (answer.versioned || isSuccess(answer)) this.#learn(answer.versioned)
    return answer
  }

  #writeHeaders(method: string, url: URL, body: string | undefined, ifMatch: string | undefined): Record<string, string> {
    return {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
      ...(this.#authorization === undefined ? {} : { Authorization: this.#authorization }),
      ...this.#signer?.sign({ method, url, body: body ?? '', ifMatch }, Date.now())
    }
  }

  #learn(versioned: boolean): void {
    this.#flavour = versioned ? 'ours' : 'reference'
  }
}

function bearer(authorization = ''): string | undefined {
  const token = authorization
    .trim()
    .replace(/^bearer(\s+|$)/i, '')
    .trim()
  return token === '' ? undefined : `Bearer ${token}`
}

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}

function statusError({ status, body }: HttpAnswer): DiscoveryClientError {
  const shown = cutText(body, bodyCharsKept)
  return new DiscoveryClientError('status', `Discovery answered ${status}: ${shown || 'nothing'}`, { status, body: shown })
}
