/** Every kind of vector there is, with its check. */
import * as catalog from './catalog.ts'
import * as heartbeat from './heartbeat.ts'
import * as identity from './identity.ts'
import * as payloads from './payloads.ts'
import * as registry from './registry.ts'
import type { VectorCheck } from './runner.ts'
import * as stream from './stream.ts'
import * as time from './time.ts'

export { parseVectors, runVector, type Vector, type VectorCheck } from './runner.ts'

export const checks: Readonly<Record<string, VectorCheck>> = {
  ...identity.checks,
  ...time.checks,
  ...heartbeat.checks,
  ...payloads.checks,
  ...stream.checks,
  ...registry.checks,
  ...catalog.checks
}
