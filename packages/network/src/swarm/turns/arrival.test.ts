import { afterEach, expect, test } from 'vitest'
import { befriend, startPeer, until } from '../../testing/peers.ts'
import { arrivalOn, handleArrival } from './arrival.ts'

afterEach(() => handleArrival(undefined))

test('what is being handled arrived so long ago; where nobody knows, now', () => {
  expect(arrivalOn(() => 100n)).toBe(100n)
  handleArrival(() => 30n)
  expect(arrivalOn(() => 100n)).toBe(70n)
  handleArrival(undefined)
  expect(arrivalOn(() => 100n)).toBe(100n)
})

test('never earlier than it was: time that passes between the two readings counts as path', () => {
  let nowNs = 1_000n
  // Every reading takes its time.
  const read = (): bigint => {
    nowNs += 50n
    return nowNs
  }
  handleArrival(() => read() - 900n)
  expect(arrivalOn(read)).toBe(950n)
})

test('a beat is stamped when its bytes came out of the socket, before all that was done with them', async () => {
  // A clock that stands still: what its stamps lack is the age of the bytes.
  const standing = 10n ** 18n
  const [manager, member] = [await startPeer(), await startPeer({ source: { nowNs: () => standing } })]
  await befriend(manager, member)
  manager.runtime.setHeartbeatTargets([member.peerId])
  const beat = await until(() => member.events.find((event) => event.type === 'heartbeat-received'))
  expect(beat.receivedAtClockNs < standing).toBe(true)
})

test('afterwards nothing is being handled', async () => {
  await befriend(await startPeer(), await startPeer())
  await new Promise((resolve) => setImmediate(resolve))
  expect(arrivalOn(() => 100n)).toBe(100n)
})
