/** The command as it starts in the workspace: from its sources, by the name that npm gives it. The other tests start a bundle of it. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { at, discovery, endedWithTest, event, launch, stop } from './support.ts'

const linked = fileURLToPath(new URL('../../node_modules/.bin/auki', import.meta.url))

test('auki starts from its sources, joins, serves what it has, and leaves', { timeout: 90_000 }, async () => {
  const url = await discovery()
  const robot = endedWithTest(launch(['join', 'lab', '--sensor', 'camera:synthetic', ...at(url), '--json'], linked))
  const { peerId } = await event(robot, 'joined')
  const tail = endedWithTest(launch(['tail', 'lab', String(peerId), 'camera', '--discovery', url, '--json'], linked))
  await expect.poll(() => tail.events.some(({ seq }) => seq !== undefined), { timeout: 25_000 }).toBe(true)
  expect(await stop(tail)).toBe(0)
  expect(await stop(robot)).toBe(0)
  expect([tail.stderr, robot.events.at(-1)]).toEqual(['', { event: 'left' }])
})
