import { type ChildProcess, fork } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { httpStub, noSuchCluster } from './testing/http-stub.ts'
import { participant } from './testing/presence.ts'

let child: ChildProcess | undefined

afterEach(() => child?.kill())

/** The next message of the child that has this key. */
function told(key: string): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    const onMessage = (message: unknown): void => {
      if (!Object.hasOwn(message as object, key)) return
      child?.off('message', onMessage)
      resolve(message as Record<string, unknown>)
    }
    child?.on('message', onMessage)
  })
}

// The alarm must find out by itself: the platform promises no word when something is collected.
const deaf = 'globalThis.FinalizationRegistry = class { register() {} unregister() {} }'

// Full collections are slow where other tests run beside this one.
const timeoutMs = 60_000

test.each([
  ['collection is told', []],
  ['it is not', ['--import', `data:text/javascript,${encodeURIComponent(deaf)}`]]
])(
  'where %s, a dropped handle ends the presence in silence; either of the two handles keeps it',
  async (_where, more) => {
    const { identity } = await participant(1)
    // A row of a short life is refreshed often.
    const row = {
      name: 'lab',
      manager_peer_id: identity.peerId,
      manager_multiaddrs: [],
      peer_count: 1,
      created_ns: 1,
      last_liveness_check_ns: 1,
      revision: 1_700_000_000_000_000,
      sweep_after_ms: 300
    }
    await using discovery = await httpStub((request) => {
      if (request.startsWith('GET')) return noSuchCluster
      return { status: request.endsWith('liveness') ? 200 : 201, body: row }
    })
    const execArgv = ['--expose-gc', '--conditions=@auki/source', ...more]
    child = fork(new URL('testing/abandon-child.ts', import.meta.url), [discovery.url], { execArgv })
    await told('joined')
    const liveness = 'POST /clusters/lab/liveness'
    const refreshed = (): number => discovery.requests.filter((request) => request === liveness).length

    child.send('keep the manager only')
    await told('collected')
    const before = refreshed()
    await discovery.next(liveness)
    expect(refreshed()).toBeGreaterThan(before)

    const [warned, closed] = [told('warned'), told('closed')]
    child.send('drop everything')
    expect(await warned).toMatchObject({ warned: expect.stringMatching(/handle was dropped/) })
    expect(await closed).toEqual({ closed: 'undefined' })
    const after = discovery.requests.length
    child.send('collect')
    await told('collected')
    expect(discovery.requests).toHaveLength(after)
    expect(discovery.requests.filter((request) => request.startsWith('DELETE'))).toEqual([])
  },
  timeoutMs
)
