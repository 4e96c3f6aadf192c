/** The errors that the app gets for the core's verdicts. */
import { type AukiError, assertNever, reasonOf } from '@auki/canonical'
import { type AddressKind, addressParts, DiscoveryClientError } from '@auki/network'
import type { BootstrapFailure } from '../core/index.ts'
import { BootstrapError } from '../errors.ts'

/** The errors of the last requests: the `cause` of the error that the app gets. */
export interface Failures {
  /** Of Discovery: the last read, and the last write. */
  reading?: DiscoveryClientError
  writing?: DiscoveryClientError
  network?: Error
}

/** What the network knows about dialling a peer. */
export interface Ways {
  dialKinds(): readonly AddressKind[]
  dialFailure(peerId: string): Error | undefined
}

/** The core's verdict on a bootstrap, as an error. */
export function bootstrapError(failure: BootstrapFailure, name: string, failures: Failures, ways: Ways): BootstrapError {
  const { code } = failure
  switch (code) {
    case 'discovery': {
      const { question, reason } = failure
      const cause = (question === 'read' ? failures.reading : failures.writing) ?? discoveryFailure(reason)
      const message = `Discovery did not let us ${asks[question]} "${name}": ${reason}; check discoveryUrl and whether the service runs`
      return new BootstrapError(code, message, { name, question, reason }, { cause })
    }
    case 'already-exists':
      return new BootstrapError(code, `a cluster "${name}" exists already: join it, or choose another name`, { name })
    case 'not-found':
      return new BootstrapError(code, `there is no cluster "${name}": create it, or wait for somebody to`, { name })
    case 'unreachable-creator': {
      const message = `there is no cluster "${name}", and nobody could reach us if we created it: listen on an address, take a place at a relay, or use the target create`
      return new BootstrapError(code, message, { name })
    }
    case 'send-join':
      return sendJoinError(failure, name, failures, ways)
    case 'rejected':
      return new BootstrapError(code, `the Manager of "${name}" rejected us: ${failure.reason}`, { name, reason: failure.reason })
    case 'invalid-membership': {
      const message = `the Manager of "${name}" accepted us with a document that is none of ours: ${failure.reason}; look at its version`
      return new BootstrapError(code, message, { name, reason: failure.reason })
    }
    default:
      return assertNever(code)
  }
}

const asks = { read: 'look for', create: 'create', claim: 'take back' }

function sendJoinError(
  { reason, timedOut, manager }: Extract<BootstrapFailure, { code: 'send-join' }>,
  name: string,
  { network }: Failures,
  ways: Ways
): BootstrapError {
  if (manager === undefined) {
    const message = `the Manager of "${name}" did not let us in: ${reason}; wait until the row is swept, or look who holds it`
    return new BootstrapError('send-join', message, { name, reason, timedOut })
  }
  const cause = ways.dialFailure(manager.peerId) ?? network
  const offered = kindNames(manager.multiaddrs.map((address) => addressParts(address).kind))
  const usable = kindNames(ways.dialKinds())
  const why = cause === undefined || cause.message === reason ? reason : `${reason} (${reasonOf(cause)})`
  const kinds = `it offers ${listed(offered)}, we can use ${listed(usable)}`
  const message = `the Manager ${manager.peerId} of "${name}" did not let us in: ${why}; ${kinds}; check that its addresses can be reached from here`
  return new BootstrapError('send-join', message, { name, manager: manager.peerId, reason, timedOut, offered, usable }, cause && { cause })
}

const kindName: Readonly<Record<AddressKind, string>> = {
  tcp: '/tcp',
  ws: '/ws',
  wss: '/wss',
  quic: '/quic-v1',
  relay: 'a relay',
  other: 'others'
}

const kindNames = (kinds: readonly AddressKind[]): string[] => [...new Set(kinds)].map((kind) => kindName[kind])
const listed = (kinds: readonly string[]): string => (kinds.length === 0 ? 'no address' : kinds.join(', '))

/** A Discovery that did not answer in the time the core gives it. */
export function discoveryFailure(reason: string): DiscoveryClientError {
  return new DiscoveryClientError('transport', `Discovery did not answer: ${reason}`)
}

type ErrorOf = new (code: never, message: string, details: AukiError['details'], options: ErrorOptions) => AukiError

/** Throws the bootstrap's error as that of the narrower call. */
export function narrowed(ErrorClass: ErrorOf): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof BootstrapError)) throw error
    throw new ErrorClass(error.code as never, error.message, error.details, { cause: error.cause })
  }
}
