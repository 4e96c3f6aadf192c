import { RequestError } from '@auki/network'
import { expect, test } from 'vitest'
import { fakeRuntime } from '../testing/fake-runtime.ts'
import { reserveAtRelay } from './relay.ts'

const relayDialMultiaddr = '/ip4/10.0.0.9/tcp/4001/p2p/relay'
const relayAdvertiseMultiaddr = '/ip4/203.0.113.9/tcp/4001/p2p/relay'
const reservation = { relayDialMultiaddr, relayAdvertiseMultiaddr, timeoutMs: 3_000 }

test('the relay is dialled at one address and told to others by the other', async () => {
  const runtime = fakeRuntime()
  expect(await reserveAtRelay(runtime, reservation, undefined)).toEqual({
    circuitMultiaddr: `${relayAdvertiseMultiaddr}/p2p-circuit/p2p/me`,
    relayMultiaddr: relayAdvertiseMultiaddr
  })
  expect(runtime.calls).toEqual([['reserveRelayCircuitAddr', relayDialMultiaddr, { timeoutMs: 3_000 }]])
})

test.each([
  ['another relay', '/ip4/203.0.113.9/tcp/4001/p2p/other'],
  ['no relay', '/ip4/203.0.113.9/tcp/4001']
])('advertising %s is refused before anybody is dialled', async (_what, advertise) => {
  const runtime = fakeRuntime()
  await expect(reserveAtRelay(runtime, { ...reservation, relayAdvertiseMultiaddr: advertise }, undefined)).rejects.toMatchObject({
    code: 'relay-reservation'
  })
  await expect(
    reserveAtRelay(runtime, { relayDialMultiaddr: advertise, relayAdvertiseMultiaddr, timeoutMs: 1 }, undefined)
  ).rejects.toMatchObject({ code: 'relay-reservation' })
  expect(runtime.calls).toEqual([])
})

test('a relay that has no place is told with its reason; an abort rejects with its own', async () => {
  const cause = new RequestError('timeout', 'no answer')
  const reserveRelayCircuitAddr = () => Promise.reject(cause)
  await expect(reserveAtRelay(fakeRuntime({ reserveRelayCircuitAddr }), reservation, undefined)).rejects.toMatchObject({
    code: 'relay-reservation',
    cause
  })
  const reason = new Error('enough')
  const aborted = reserveAtRelay(fakeRuntime({ reserveRelayCircuitAddr }), reservation, AbortSignal.abort(reason))
  await expect(aborted).rejects.toBe(reason)
})
