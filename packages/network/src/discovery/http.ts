/** One HTTP request to Discovery: a deadline over all of it, a bounded answer, and every failure told apart from an answer. */
import { type Clock, reasonOf, toError } from '@auki/canonical'
import { Exchange } from '../exchange/exchange.ts'
import { DeadlineError } from '../exchange/exchange-errors.ts'
import { DiscoveryClientError } from './errors.ts'

/** The header by which a service says that it counts revisions, compares them, and can be watched. */
const versionHeader = 'Auki-Discovery-Version'

export interface HttpAnswer {
  /** What was asked: method and URL. */
  readonly call: string
  readonly status: number
  readonly body: string
  /** Whether the answer bore the version header. */
  readonly versioned: boolean
}

export interface HttpMeans {
  readonly fetch: typeof globalThis.fetch
  readonly timers: Clock
}

export interface HttpCall {
  readonly url: URL
  readonly init: RequestInit
  readonly timeoutMs: number
  /** Largest body that is read. */
  readonly bytesMax: number
  readonly signal: AbortSignal | undefined
}

/** @throws DiscoveryClientError 'transport', or `signal.reason`. */
export async function call({ fetch, timers }: HttpMeans, request: HttpCall): Promise<HttpAnswer> {
  const { url, init, timeoutMs, bytesMax, signal } = request
  const exchange = new Exchange({ timers }, signal)
  const asked = `${init.method} ${url}`
  try {
    return await exchange.within('answer', timeoutMs, async () => {
      // By hand: a redirected write would arrive as a read, and what another path says of a row is no answer.
      const response = await fetch(url, { ...init, signal: exchange.signal, cache: 'no-store', redirect: 'manual' })
      return { call: asked, status: response.status, body: await readText(response, bytesMax), versioned: isVersioned(response) }
    })
  } catch (thrown) {
    const cause = exchange.causeOf(thrown)
    if (cause instanceof DeadlineError)
      throw new DiscoveryClientError('transport', `Discovery did not answer within ${timeoutMs} ms (to ${asked})`, {
        durationMs: timeoutMs
      })
    throw new DiscoveryClientError('transport', `Discovery cannot be reached: ${describe(cause)} (by ${asked})`, {}, { cause })
  } finally {
    exchange.end()
  }
}

export function isVersioned(response: Response): boolean {
  return response.headers.has(versionHeader)
}

/** fetch hides what happened behind "fetch failed". */
function describe(cause: unknown): string {
  const error = toError(cause)
  return error.cause === undefined ? error.message : `${error.message} (${reasonOf(error.cause)})`
}

async function readText(response: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
