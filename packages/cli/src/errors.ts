import { AukiError } from '@auki/canonical'

/**
 * Why a command did not do what it was asked to.
 *
 * - `wrong-usage`: the command line makes no sense; nothing was done.
 * - `interrupted` (`by`): stopped before it was done, by a signal, a reader that went away or a parent process that is gone.
 * - `listen-failed` (`listen`): the network node can't listen on the addresses given.
 * - `no-such-member` (`cluster`, `peer`): the peer asked for is not in the cluster.
 * - `step-failed` (`step`): a step of the demo did not happen in time.
 */
export class CliError extends AukiError<'wrong-usage' | 'interrupted' | 'listen-failed' | 'no-such-member' | 'step-failed'> {}
