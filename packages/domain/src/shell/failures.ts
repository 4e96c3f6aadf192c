/** From what the core gave up on to what the app is told. */
import { type AukiError, assertNever } from '@auki/canonical'
import { DiscoveryClientError } from '@auki/network'
import type { BootstrapFailure } from '../core/index.ts'
import { BootstrapError, DomainError } from '../errors.ts'

/** What the last requests failed of: the `cause` of what the app is told. */
export interface Failures {
  discovery?: DiscoveryClientError
  network?: Error
}

/** The core's verdict on a bootstrap, as an error. */
export function bootstrapError(failure: BootstrapFailure, name: string, failures: Failures): BootstrapError {
  const { code } = failure
  switch (code) {
    case 'discovery': {
      const cause = failures.discovery ?? discoveryFailure(failure.reason)
      return new BootstrapError(
        code,
        `Discovery failed: ${failure.reason}; check discoveryUrl and whether the service runs`,
        { name },
        { cause }
      )
    }
    case 'already-exists':
      return new BootstrapError(code, `a cluster "${name}" exists already: join it, or choose another name`, { name })
    case 'not-found':
      return new BootstrapError(code, `there is no cluster "${name}": create it, or wait for somebody to`, { name })
    case 'send-join': {
      const { reason, timedOut } = failure
      const message = `the Manager of "${name}" did not let us in: ${reason}; check that its addresses can be reached from here`
      return new BootstrapError(code, message, { name, reason, timedOut }, failures.network && { cause: failures.network })
    }
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

/** A Discovery that did not answer in the time the core gives it. */
export function discoveryFailure(reason: string): DiscoveryClientError {
  return new DiscoveryClientError('transport', `Discovery did not answer: ${reason}`)
}

export function identityInUse(peerId: string): DomainError {
  const message = `another process runs as ${peerId} and came later: this presence has ended; stop one of the two, or give one a seed of its own`
  return new DomainError('identity-in-use', message, { peer: peerId })
}

type ErrorOf = new (code: never, message: string, details: AukiError['details'], options: ErrorOptions) => AukiError

/** The bootstrap's error as that of the narrower call. */
export function narrowed(ErrorClass: ErrorOf, error: unknown): unknown {
  if (!(error instanceof BootstrapError)) return error
  return new ErrorClass(error.code as never, error.message, error.details, { cause: error.cause })
}
