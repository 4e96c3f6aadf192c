import { rosBody } from '@auki/domain'
import { expect, test, vi } from 'vitest'
import { type Member, world } from '../integration/world.ts'
import { isUpset } from '../support/upsets.ts'

/** A log with as many megabytes in it. */
async function recording({ peer, session }: Member, megabytes: number): Promise<void> {
  const frame = await peer.registerFrame('base_link', rosBody)
  const sensor = await peer.registerSensor('wifi', { kind: 'rf', type: 'wifi', frame })
  const log = await session.registerSensorLog({ sensor, head: { kind: 'fixed' } })
  for (let at = 0n; at < megabytes; at++) await log.append({ timestampNs: at, payload: new Uint8Array(1_000_000) })
}

test('members that read each other as fast as it goes lose nobody and stay what they are', async () => {
  await using w = await world()
  const settings = { preset: 'lan', peerLossTimeoutMs: 2_000 } as const
  const [manager, member] = [await w.join(1, { settings }), await w.join(2, { settings })]
  for (const one of [manager, member]) await recording(one, 60)
  const heard = [manager, member].map(({ heard }) => heard.length)
  const read = async (reader: Member, writer: Member): Promise<number> => {
    const subscription = await reader.manager.openStream(writer.peerId, { resourceId: 'wifi', from: 'from_start' }, 'bytes')
    let bytes = 0
    for await (const { payload } of subscription) {
      bytes += payload.length
      if (bytes === 60_000_000) break
    }
    return bytes
  }
  // Twice each way at once, over one connection.
  const pairs = [manager, member, manager, member].map((reader) => read(reader, reader === manager ? member : manager))
  expect(await Promise.all(pairs)).toEqual(Array(4).fill(60_000_000))
  // A reader that was busy for 1.5 s may still be asking to be taken in anew.
  await vi.waitFor(() => expect(member.manager.role).toBe('follower'), 5_000)
  for (const [index, one] of [manager, member].entries()) expect(one.heard.slice(heard[index]).filter(isUpset())).toEqual([])
  expect([manager.manager.role, member.manager.role]).toEqual(['manager', 'follower'])
})
