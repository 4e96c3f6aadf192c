import { DiscoveryClientError, RequestError } from '@auki/network'
import { expect, test } from 'vitest'
import type { BootstrapFailure } from '../core/index.ts'
import { BootstrapError, CreateClusterError, JoinClusterError } from '../errors.ts'
import { bootstrapError, type Failures, narrowed } from './failures.ts'

const discovery = new DiscoveryClientError('status', 'broken')
const network = new RequestError('timeout', 'late')

test.each<[BootstrapFailure, Failures, object]>([
  [{ code: 'discovery', reason: 'broken' }, { discovery }, { details: { name: 'lab' }, cause: discovery }],
  [{ code: 'discovery', reason: 'no answer' }, {}, { cause: { code: 'transport' } }],
  [{ code: 'already-exists' }, {}, { details: { name: 'lab' } }],
  [{ code: 'not-found' }, {}, { details: { name: 'lab' } }],
  [{ code: 'send-join', reason: 'late', timedOut: true }, { network }, { details: { timedOut: true, reason: 'late' }, cause: network }],
  [{ code: 'rejected', reason: 'members only' }, { network }, { details: { reason: 'members only' } }],
  [{ code: 'invalid-membership', reason: 'not us' }, {}, { details: { reason: 'not us' } }]
])('%o becomes an error with the same code', (failure, failures, error) => {
  expect(bootstrapError(failure, 'lab', failures)).toMatchObject({ name: 'BootstrapError', code: failure.code, ...error })
})

test('the narrower calls throw errors of their own with the same code, details and cause', () => {
  const error = bootstrapError({ code: 'discovery', reason: 'broken' }, 'lab', { discovery })
  for (const Class of [CreateClusterError, JoinClusterError]) {
    const own = narrowed(Class, error)
    expect(own).toBeInstanceOf(Class)
    expect(own).not.toBeInstanceOf(BootstrapError)
    expect(own).toMatchObject({ code: 'discovery', details: { name: 'lab' }, cause: discovery, message: error.message })
  }
  const reason = new Error('aborted')
  expect(narrowed(JoinClusterError, reason)).toBe(reason)
})
