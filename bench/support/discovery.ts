import { AukiChild, until } from '../../packages/cli/src/child.ts'

export interface DiscoveryProcess extends AsyncDisposable {
  readonly url: string
}

/** Starts `auki discovery` in a process of its own. */
export async function startDiscovery(args: readonly string[] = []): Promise<DiscoveryProcess> {
  const child = new AukiChild(['discovery', '--port', '0', '--json', ...args])
  const look = (): string | undefined => {
    if (child.end !== undefined) throw new Error(`auki discovery ended with ${child.end}: ${child.stderr}`)
    return child.last('listening')?.['url'] as string | undefined
  }
  const url = await until('auki discovery listens', [child], look, { withinMs: 30_000 })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await child.ended
  }
  return { url, [Symbol.asyncDispose]: stop }
}
