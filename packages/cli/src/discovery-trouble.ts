/** What goes wrong on the way to Discovery, in the words of a command line: which service was asked, what is the matter, and what to do. */
import { reasonOf } from '@auki/canonical'
import { DiscoveryClientError } from '@auki/domain'
import { CliError } from './errors.ts'

const known: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name could not be looked up',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network'
}

/** As `work`, but that what can't be reached is a CliError 'no-discovery'. */
export async function toDiscovery<T>(url: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw noDiscovery(url, error) ?? error
  }
}

function noDiscovery(url: string, error: unknown): CliError | undefined {
  const cause = error instanceof Error && error.cause instanceof DiscoveryClientError ? error.cause : error
  if (!(cause instanceof DiscoveryClientError)) return undefined
  const isLate = cause.details['durationMs'] !== undefined
  const isUnreached = cause.cause instanceof TypeError && cause.cause.cause !== undefined // as `fetch` throws it
  if (!isLate && !isUnreached) return undefined // somebody answers, and that is another trouble
  const next = 'start one here with "auki discovery", or name another with --discovery; "auki doctor" tells more'
  return new CliError('no-discovery', `no Discovery service at ${url}: ${troubleText(cause)}; ${next}`, { url }, { cause: error })
}

/** What is the matter. */
export function troubleText(error: Error): string {
  const durationMs = error instanceof DiscoveryClientError ? error.details['durationMs'] : undefined
  return durationMs === undefined ? whyOf(error) : `it did not answer within ${Number(durationMs) / 1_000} s`
}

/** `fetch` wraps what has happened, and several addresses of a host are one more wrapping. */
function whyOf(error: Error): string {
  let inner: unknown = error
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : ''
  return known[code] ?? reasonOf(inner)
}
