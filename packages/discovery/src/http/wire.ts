/** Rows, refusals and claims between their form in memory and that over HTTP. */
import type { z } from 'zod'
import type { Claim } from '../row.ts'
import type { Refusal } from './refusal.ts'
import * as schemas from './schemas.ts'
import { writerOf } from './write.ts'

const writeRefusal = writerOf(schemas.refusal)
const writeConflict = writerOf(schemas.conflict)

/** The body of a refusal. */
export function refusalText({ code: error, message, entry }: Refusal): string {
  return entry === undefined ? writeRefusal({ error, message }) : writeConflict({ error, message, entry })
}

/** What a body claims. */
export function claimOf(body: z.output<typeof schemas.claim>): Claim {
  return {
    managerPeerId: body.manager_peer_id,
    managerMultiaddrs: body.manager_multiaddrs,
    relayMultiaddrs: body.relay_multiaddrs,
    instance: body.instance,
    rowLifeMs: body.row_life_ms
  }
}
