/** The command as it starts in the workspace: from its sources, by the name that npm gives it. The other tests start a bundle of it. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { at, discovery, endedWithTest, event, launch, stop } from './support.ts'

const linked = fileURLToPath(new URL('../../node_modules/.bin/auki', import.meta.url))

test('auki starts from its sources, joins and leaves', { timeout: 60_000 }, async () => {
  const robot = endedWithTest(launch(['join', 'lab', '--sensor', 'camera:synthetic', ...at(await discovery()), '--json'], linked))
  expect(await event(robot, 'joined')).toMatchObject({ role: 'manager', resourceIds: expect.arrayContaining(['camera']) })
  expect(await stop(robot)).toBe(0)
  expect(robot.events.at(-1)).toEqual({ event: 'left', atMs: expect.any(Number) })
})
