/** Every one-shot protocol: what stands here is served by each runtime, and asked by the name it has here. */
import type { CallOptions } from './call-options.ts'
import * as diagnostic from './diagnostic.ts'
import * as info from './info.ts'
import * as join from './join.ts'
import * as leave from './leave.ts'
import * as membership from './membership.ts'
import type { Push, Question } from './one-shot.ts'
import * as registries from './registries.ts'
import * as resources from './resources.ts'
import * as seen from './seen.ts'

export const questions = {
  /** Asks a Manager to be let in (`/auki/join/0.0.1`); it has 10 s for each of opening, writing and answering. */
  requestJoin: join.protocol,
  /** Tells the Manager that we leave (`/auki/leave/0.0.1`); resolves when acknowledged, or when the far side closed after the request was written. */
  requestLeave: leave.protocol,
  /** Asks a member who it is (`/auki/info/0.0.1`). */
  requestInfo: info.protocol,
  /** Asks a member which logs it has (`/auki/resources/0.2.0`). */
  requestResources: resources.protocol,
  /** Asks a member for one exact registry entry (`/auki/registries/0.2.0`); `null`: it does not have it. */
  requestRegistryEntry: registries.protocol,
  /** Asks a member whether it sees another, or whether it is in a cluster itself (`/auki/seen/0.0.1`). */
  requestSeen: seen.protocol
}

export const pushes = {
  /**
   * Sends the membership document to those of the peers that are connected members (`/auki/membership/0.0.1`). One push per peer is under way, the newest
   * waits, older waiting ones are replaced. Returns at once: failures are reported to the log. @throws RuntimeError 'payload-too-large'
   */
  pushMembership: membership.protocol,
  /** Sends a message to every connected member, best effort (`/auki/diagnostic/0.0.1`). @throws RuntimeError 'payload-too-large' */
  pushDiagnostic: diagnostic.protocol
}

/** Options of a question. */
export interface AskOptions extends CallOptions {
  /** Called just before the question is written, for measuring how long the answer takes. Default: nothing is called. */
  readonly onWrite?: (() => void) | undefined
}

/** How a question is asked. @throws RequestError, or the caller's `signal.reason` */
export type Ask<P> =
  P extends Question<string, unknown, infer Asked, unknown, unknown, infer Answer>
    ? [Asked] extends [undefined]
      ? (peerId: string, options?: AskOptions) => Promise<Answer>
      : (peerId: string, request: Asked, options?: AskOptions) => Promise<Answer>
    : never

/** How a message is sent. */
export type Send<P> =
  P extends Push<string, infer Message, infer To>
    ? To extends 'all'
      ? (message: Message) => void
      : (peerIds: readonly string[], message: Message) => void
    : never

/** All questions and messages, by name. */
export type OneShots = { readonly [N in keyof typeof questions]: Ask<(typeof questions)[N]> } & {
  readonly [N in keyof typeof pushes]: Send<(typeof pushes)[N]>
}

type AnyQuestion = (typeof questions)[keyof typeof questions]
type AnyPush = (typeof pushes)[keyof typeof pushes]

/** What answers questions and takes messages, by the names of the handlers; `peerId` is the sender that the connection's handshake proved. */
export type OneShotHandlers = { [P in AnyQuestion as P['handler']]: Parameters<P['respond']>[0] } & {
  [P in AnyPush as P['handler']]: (peerId: string, message: ReturnType<P['decode']>) => void
}
