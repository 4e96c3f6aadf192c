import { AukiError } from '@auki/canonical'

/**
 * Why a command did not do what it was asked to.
 *
 * - `wrong-usage`: the command line makes no sense; nothing was done.
 * - `interrupted` (`by`): stopped before it was done, by a signal, a reader that went away or a parent process that is gone.
 * - `no-such-member` (`cluster`, `peer`): the peer asked for is not in the cluster.
 * - `ambiguous-peer` (`cluster`, `peer`, `candidates`): several peers of the cluster can be meant.
 * - `no-discovery` (`url`): there is no way to the Discovery service.
 * - `timed-out` (`what`, `timeoutMs`): it took longer than `--timeout`.
 * - `bad-contexts` (`path`): the file of contexts can't be read or written, or is none.
 * - `no-such-context` (`context`): there is no context of that name.
 * - `no-answer` (`cluster`, `peer`): a peer answered none of our pings.
 * - `unwell` (`checks`): `auki doctor` has found what does not work.
 * - `no-such-resource` (`where`, `resource`): the peer, or the whole cluster, has no such log.
 * - `stream-failed` (`peer`, `resource`, `detail`): the log is there, and its peer can't serve it.
 * - `file-failed` (`path`): a recording or a seed file can't be read or written; an existing file is never written over.
 * - `incomplete` (`missing`, `gaps`): a recording lacks whole logs or, with `--strict`, entries.
 * - `not-a-recording` (`path`): the file is no MCAP, or holds no log that can be played.
 * - `step-failed` (`step`): a step of the demo did not happen in time.
 */
export class CliError extends AukiError<
  | 'wrong-usage'
  | 'interrupted'
  | 'no-such-member'
  | 'ambiguous-peer'
  | 'no-discovery'
  | 'timed-out'
  | 'no-answer'
  | 'unwell'
  | 'bad-contexts'
  | 'no-such-context'
  | 'no-such-resource'
  | 'stream-failed'
  | 'file-failed'
  | 'incomplete'
  | 'not-a-recording'
  | 'step-failed'
> {
  override readonly name = 'CliError'
}
