import * as clock from '../protocols/clock.ts'
import * as diagnostic from '../protocols/diagnostic.ts'
import type { FrameRules } from '../protocols/frame.ts'
import * as heartbeat from '../protocols/heartbeat.ts'
import * as info from '../protocols/info.ts'
import * as join from '../protocols/join.ts'
import * as leave from '../protocols/leave.ts'
import * as membership from '../protocols/membership.ts'
import * as registries from '../protocols/registries.ts'
import * as resources from '../protocols/resources.ts'
import * as stream from '../protocols/stream.ts'

/** A protocol as it is on the wire. */
export interface Wire {
  readonly protocol: string
  readonly rules: FrameRules
}

function wireOf(codec: { readonly PROTOCOL_ID: string; readonly FRAME_BYTES_MAX: number }, allowEmpty: boolean): Wire {
  return { protocol: codec.PROTOCOL_ID, rules: { capBytes: codec.FRAME_BYTES_MAX, allowEmpty } }
}

/** The protocols this runtime speaks; zero bytes are a message where all fields may have their defaults. */
export const wire = {
  join: wireOf(join, true),
  leave: wireOf(leave, true),
  info: wireOf(info, true),
  clock: wireOf(clock, true),
  membership: wireOf(membership, false),
  heartbeat: wireOf(heartbeat, false),
  resources: wireOf(resources, false),
  registries: wireOf(registries, false),
  diagnostic: wireOf(diagnostic, false),
  stream: wireOf(stream, false)
}
