import { DiscoveryClientError, RequestError } from '@auki/network'
import { expect, test } from 'vitest'
import type { BootstrapFailure } from '../core/index.ts'
import { BootstrapError, CreateClusterError, JoinClusterError } from '../errors.ts'
import { bootstrapError, type Failures, narrowed, type Ways } from './failures.ts'

const discovery = new DiscoveryClientError('status', 'broken')
const network = new RequestError('timeout', 'late')
const ways: Ways = { dialKinds: () => ['ws', 'wss', 'relay'], dialFailure: () => undefined }
const manager = { peerId: 'peer-m', multiaddrs: ['/ip4/10.0.0.1/tcp/1', '/ip4/10.0.0.1/udp/1/quic-v1', '/ip4/10.0.0.2/tcp/1'] }

test.each<[BootstrapFailure, Failures, object]>([
  [
    { code: 'discovery', question: 'create', reason: 'broken' },
    { writing: discovery },
    { details: { name: 'lab', question: 'create' }, cause: discovery }
  ],
  [{ code: 'discovery', question: 'read', reason: 'broken' }, { reading: discovery }, { cause: discovery }],
  [{ code: 'discovery', question: 'read', reason: 'no answer' }, { writing: discovery }, { cause: { code: 'transport' } }],
  [{ code: 'unreachable-creator' }, {}, { details: { name: 'lab' } }],
  [{ code: 'already-exists' }, {}, { details: { name: 'lab' } }],
  [{ code: 'not-found' }, {}, { details: { name: 'lab' } }],
  [
    { code: 'send-join', reason: 'late', timedOut: true, manager },
    { network },
    { details: { timedOut: true, reason: 'late', manager: 'peer-m' }, cause: network }
  ],
  [{ code: 'send-join', reason: 'late', timedOut: true }, { network }, { details: { name: 'lab', reason: 'late', timedOut: true } }],
  [{ code: 'rejected', reason: 'members only' }, { network }, { details: { reason: 'members only' } }],
  [{ code: 'invalid-membership', reason: 'not us' }, {}, { details: { reason: 'not us' } }]
])('%o becomes an error with the same code', (failure, failures, error) => {
  expect(bootstrapError(failure, 'lab', failures, ways)).toMatchObject({ name: 'BootstrapError', code: failure.code, ...error })
})

test('a join that failed says what the last dial failed of, what the Manager offers and what we could use', () => {
  const dialled = new Error('no address answered: /ip4/10.0.0.1/tcp/1 (ECONNREFUSED)')
  const error = bootstrapError(
    { code: 'send-join', reason: 'no connection to it in time', timedOut: true, manager },
    'lab',
    {},
    {
      ...ways,
      dialFailure: (peerId) => (peerId === 'peer-m' ? dialled : undefined)
    }
  )
  expect(error.cause).toBe(dialled)
  expect(error.details).toMatchObject({ offered: ['/tcp', '/quic-v1'], usable: ['/ws', '/wss', 'a relay'] })
  expect(error.message).toContain('no connection to it in time (no address answered: /ip4/10.0.0.1/tcp/1 (ECONNREFUSED))')
  expect(error.message).toContain('it offers /tcp, /quic-v1, we can use /ws, /wss, a relay')
})

test('the narrower calls throw errors of their own with the same code, details and cause', async () => {
  const error = bootstrapError({ code: 'discovery', question: 'read', reason: 'broken' }, 'lab', { reading: discovery }, ways)
  for (const Class of [CreateClusterError, JoinClusterError]) {
    const own = await Promise.reject(error)
      .catch(narrowed(Class))
      .catch((thrown: unknown) => thrown)
    expect(own).toBeInstanceOf(Class)
    expect(own).not.toBeInstanceOf(BootstrapError)
    expect(own).toMatchObject({ code: 'discovery', details: { name: 'lab', question: 'read' }, cause: discovery, message: error.message })
  }
  const reason = new Error('aborted')
  await expect(Promise.reject(reason).catch(narrowed(JoinClusterError))).rejects.toBe(reason)
})
