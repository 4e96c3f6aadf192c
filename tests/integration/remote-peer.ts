import { Program } from '@auki/testkit/processes'
import type { TestContext } from 'vitest'

/** What a peer in a process of its own tells, in order. */
export interface Told {
  readonly told: 'joined' | 'closed' | 'role'
  readonly code?: string | undefined
  readonly role?: string
}

export interface RemotePeer {
  readonly said: readonly Told[]
  /** Why it ended; `undefined`: it did not. */
  closed(): Told | undefined
  /** SIGKILL. */
  kill(): void
}

/** A peer of the cluster `lab` in a process of its own, which ends with the test; resolves once it has joined. */
export async function remotePeer(
  discoveryUrl: string,
  seed: number,
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>
): Promise<RemotePeer> {
  const said: Told[] = []
  const joined = Promise.withResolvers<void>()
  const onTold = (told: Told): void => {
    said.push(told)
    if (told.told === 'joined') joined.resolve()
  }
  const program = new Program<never, Told>(new URL('./peer-process.ts', import.meta.url), { discoveryUrl, seed }, { onTold })
  onTestFinished(() => program.kill())
  await Promise.race([joined.promise, program.failed])
  return { said, closed: () => said.find(({ told }) => told === 'closed'), kill: () => program.kill() }
}
