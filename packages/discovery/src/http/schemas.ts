/**
 * What travels over HTTP, each once. A schema gives the TypeScript type, the check of what comes in, the writer of what goes out (`write.ts`) and its
 * part of the OpenAPI document (`document.ts`).
 *
 * Unknown keys are ignored. An integer may be written in any way that JSON has for it: `1000`, `1000.0` and `1e3` are the same.
 */
import { isPeerId, multiaddrFault } from '@auki/identity'
import { z } from 'zod'
import * as limits from '../limits.ts'
import type { DirectoryRow } from '../row.ts'
import { refusalCodes } from './refusal.ts'
import { kindOf, placeOf, quote, shorten } from './words.ts'
import { writtenOnce } from './write.ts'

interface Issue {
  readonly path?: PropertyKey[] | undefined
  readonly input?: unknown
}

/** For what is in a body: a fault is told with its place and with what is there. */
const mustBe = (what: string) => ({
  error: ({ path, input }: Issue) =>
    input === undefined ? `${placeOf(path)} is missing from the body` : `${placeOf(path)} must be ${what}, not ${kindOf(input)}`
})

/** A cluster's name, in a path. */
const name = z
  .string()
  .refine((text) => limits.clusterNameRule.test(text), {
    error: ({ input }) => `${quote(String(input))} is not a cluster name; use 1 to 64 of the characters A-Z a-z 0-9 _ -`,
    params: { code: 'bad-name' },
    abort: true
  })
  .refine((text) => text !== limits.clusterNameReserved, {
    error: ({ input }) => `"${input}" is reserved; choose another cluster name`,
    params: { code: 'reserved-name' }
  })
  .meta({ pattern: limits.clusterNameRule.source, description: `Not "${limits.clusterNameReserved}".` })

const peerId = z
  .string(mustBe('a string'))
  .refine(isPeerId, {
    error: ({ path, input }) => `${placeOf(path)} ${quote(String(input))} is not a peer id; send the base58 form, such as 12D3KooW…`,
    params: { code: 'bad-peer-id' }
  })
  .meta({ description: 'The base58 text of a libp2p peer id.' })

const multiaddrs = z
  .array(z.string(mustBe('a multiaddr string')).meta({ maxLength: limits.multiaddrCharsMax }), mustBe('an array of multiaddrs'))
  .max(limits.multiaddrsMax, {
    error: ({ path, input }) => `${placeOf(path)} has ${(input as unknown[]).length} addresses; send at most ${limits.multiaddrsMax}`,
    abort: true // before the addresses are read, which takes longer than counting them
  })
  .refine((texts) => !texts.some(multiaddrFault), {
    error: ({ path, input }) => {
      const texts = input as string[]
      const at = texts.findIndex(multiaddrFault)
      return `${placeOf(path)}[${at}] ${quote(texts[at]!)} is not a multiaddr: ${shorten(multiaddrFault(texts[at]!)!, 200)}`
    },
    params: { code: 'bad-multiaddr' }
  })
  .meta({ description: 'Multiaddrs: known protocols with legal values, peer ids and certificate hashes included.' })

/** Opaque, but well-formed Unicode: a reader of another language could not decode a row with a lone surrogate. */
const instance = z
  .string(mustBe('a string'))
  .refine((text) => text.isWellFormed(), { error: ({ path }) => `${placeOf(path)} has a lone surrogate; send well-formed Unicode` })
  .refine((text) => text.length <= limits.instanceCharsMax || Array.from(text).length <= limits.instanceCharsMax, {
    error: ({ path }) => `${placeOf(path)} is longer than ${limits.instanceCharsMax} characters; shorten it`
  })
  .meta({ maxLength: limits.instanceCharsMax, description: 'Tells two processes of one identity apart.' })

const count = mustBe(`an integer from 0 to ${limits.peerCountMax}`)
const peerCount = z.int(count).min(0, count).max(limits.peerCountMax, count)
const unixNs = (what: string) => z.int64().meta({ description: `Unix nanoseconds of the ${what}.` })

const life = mustBe(`an integer from ${limits.rowLifeMsMin} to ${limits.rowLifeMsMax}`)
const rowLifeMs = z.int(life).min(limits.rowLifeMsMin, life).max(limits.rowLifeMsMax, life).optional().meta({
  description:
    'How long the row shall live after a create, rotate or liveness check, ms. The service may grant less: its maximum decides, and sweep_after_ms of the answer tells. Left out: a new row lives as long as the service gives it, one that stands keeps its life.'
})

/** In paths: `/clusters/{name}`. */
export const named = z.object({ name })

/** In queries of event streams. */
export const watching = z.object({
  refreshed: z.unknown().optional().meta({ type: 'string', description: '1: liveness checks, too. Anything else: without them.' })
})

/** In headers of writes; the revision, or `undefined` for whichever. */
export const matching = z.object({
  'if-match': z
    .string()
    .refine((text) => text === '*' || isRevisionTag(text), {
      error: ({ input }) =>
        `If-Match ${quote(String(input))} is neither * nor one quoted revision; send the ETag of the row, such as "1700000000000042"`,
      params: { code: 'bad-if-match' }
    })
    .transform((text) => (text === '*' ? undefined : Number(text.slice(1, -1))))
    .optional()
    .meta({ description: 'A quoted revision, or *: make the change only under that reign.' })
})

function isRevisionTag(text: string): boolean {
  return /^"(0|[1-9]\d{0,15})"$/.test(text) && Number.isSafeInteger(Number(text.slice(1, -1)))
}

/** The body of a create or rotate. */
export const claim = z.object(
  {
    manager_peer_id: peerId,
    manager_multiaddrs: multiaddrs,
    relay_multiaddrs: multiaddrs.default([]),
    instance: instance.default(''),
    row_life_ms: rowLifeMs
  },
  mustBe('a JSON object')
)

/** The body of a liveness check. */
export const liveness = z.object({ peer_count: peerCount }, mustBe('a JSON object'))

const record = z.object({
  name,
  manager_peer_id: peerId,
  manager_multiaddrs: multiaddrs,
  relay_multiaddrs: multiaddrs,
  peer_count: peerCount,
  created_ns: unixNs('create'),
  last_liveness_check_ns: unixNs('last create, rotate or liveness check'),
  revision: z.int().min(0).meta({ description: 'The counter of the directory when the row was last created or rotated.' }),
  sweep_after_ms: z.int().min(0).meta({ description: 'How long the row lives after a create, rotate or liveness check, ms.' }),
  instance
})

function rowRecord(row: DirectoryRow): z.output<typeof record> {
  return {
    name: row.name,
    manager_peer_id: row.managerPeerId,
    manager_multiaddrs: [...row.managerMultiaddrs],
    relay_multiaddrs: [...row.relayMultiaddrs],
    peer_count: row.peerCount,
    created_ns: row.createdNs,
    last_liveness_check_ns: row.lastLivenessCheckNs,
    revision: row.revision,
    sweep_after_ms: row.sweepAfterMs,
    instance: row.instance
  }
}

/** A row, as it is answered and told to watchers. */
export const row = writtenOnce(record, rowRecord)
export const rows = z.object({ clusters: z.array(row) })

/** `data` of the events of one row; of a snapshot without one, `null`. */
export const rowEvent = z.object({ entry: row.nullable() })
/** `data` of the snapshot of all rows. */
export const rowsEvent = z.object({ entries: z.array(row) })

const errorFields = { error: z.enum(refusalCodes), message: z.string() }
export const refusal = z.object(errorFields)
/** A refusal because of a row, which it shows. */
export const conflict = z.object({ ...errorFields, entry: row })

export const status = z.object({ status: z.string() })
export const openapi = z.looseObject({ openapi: z.string() })
