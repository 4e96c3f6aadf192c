/** Every answer that is not a success: one status per code, one shape of body. */
import { AukiError } from '@auki/canonical'
import type { DirectoryRow } from '../row.ts'

const statuses = {
  'bad-name': 400,
  'reserved-name': 400,
  'bad-body': 400,
  'bad-peer-id': 400,
  'bad-multiaddr': 400,
  'bad-if-match': 400,
  'bad-request': 400,
  'no-such-cluster': 404,
  'no-such-route': 404,
  'request-timeout': 408,
  'already-exists': 409,
  'revision-mismatch': 412,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  'rate-limited': 429,
  'headers-too-large': 431,
  internal: 500,
  'too-many-clusters': 503,
  'too-many-watchers': 503,
  'not-ready': 503
} as const

/** The `error` of an answer that is not a success. */
export type RefusalCode = keyof typeof statuses

/** All codes. */
export const refusalCodes = Object.keys(statuses) as [RefusalCode, ...RefusalCode[]]

/** A request that is answered with an error; thrown by handlers, and turned into `{"error","message"[,"entry"]}` in one place. */
export class Refusal extends AukiError<RefusalCode> {
  override readonly name = 'Refusal'
  readonly status: number
  /** The present row, in 409 and 412. */
  readonly entry: DirectoryRow | undefined

  constructor(code: RefusalCode, message: string, entry?: DirectoryRow) {
    super(code, message)
    this.status = statuses[code]
    this.entry = entry
  }
}

/** What the HTTP layer below us throws, as a refusal; anything unknown is `internal` and tells the client nothing more. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const { statusCode, message } = error as { statusCode?: number; message?: string }
  switch (statusCode) {
    case 413:
      return new Refusal('body-too-large', 'the body is larger than 64 KiB; send less')
    case 415:
      return new Refusal('unsupported-media-type', 'send the body as Content-Type: application/json')
    default:
      if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
        return new Refusal('bad-request', `the request cannot be read: ${message ?? 'no reason given'}`)
      }
      return new Refusal('internal', 'the service failed on this request; try again, and look into its log')
  }
}
