import { expect, test } from 'vitest'
import { at, auki, discovery, event, finished, raw, start, stop } from './support.ts'

test('clock shows the clock of every member with its offset, rate, uncertainty and age, and domain time; when stopped it leaves', async () => {
  const url = await discovery()
  const robot = start('join', 'lab', '--name', 'robot', ...at(url), '--json')
  const manager = String((await event(robot, 'joined'))['peerId'])
  const other = start('join', 'lab', '--name', 'other', ...at(url), '--json')
  const member = String((await event(other, 'joined'))['peerId'])
  const clock = start('clock', 'lab', '--discovery', url, '--json')
  for (const [peerId, isManager] of [
    [manager, true],
    [member, false]
  ] as const) {
    const row = await event(clock, 'clock', (candidate) => candidate['peerId'] === peerId && candidate['offsetNs'] !== undefined)
    expect(row).toMatchObject({ isManager, clockId: expect.stringMatching(new RegExp(`^${peerId}/\\w+/monotonic$`)) })
    for (const key of ['skewPpb', 'uncertaintyNs', 'ageNs', 'sampleCount']) expect(row).toHaveProperty(key)
  }
  const domain = await event(clock, 'domain-clock', (candidate) => candidate['domainTimeNs'] !== undefined)
  expect(domain).toMatchObject({ clockId: 'lab/domain-clock', backingPeerId: manager })
  const left = event(robot, 'member-left')
  expect(await stop(clock, 'SIGINT')).toBe(0)
  await left
})

test('people get a table', async () => {
  const url = await discovery()
  const robot = start('join', 'lab', ...at(url), '--json')
  const manager = String((await event(robot, 'joined'))['peerId'])
  const child = raw(['clock', 'lab', '--discovery', url])
  const done = finished(child)
  let shown = ''
  await new Promise<void>((resolve) => {
    child.stdout!.on('data', (text: string) => {
      shown += text
      if (/^domain time/m.test(shown)) resolve()
    })
  })
  child.kill('SIGTERM')
  const { code, stdout } = await done
  expect(code).toBe(0)
  expect(stdout).toMatch(/^PEER +ROLE +OFFSET +DRIFT +WITHIN +MEASURED +SAMPLES$/m)
  const [label, amount] = [`\\S+ ·${manager.slice(-4)}`, '-?[\\d.,]+']
  const row = `^${label} +Manager +${amount} s +${amount} ppm +${amount} [µmn]?s +(now|\\d+ s ago) +\\d+$`
  expect(stdout).toMatch(new RegExp(row, 'm'))
  expect(stdout).toMatch(/^domain time \d+\.\d{6} s, within [\d.]+ [µm]s, by the clock of /m)
})

test('a cluster that is not there is no success', async () => {
  const { code, stderr } = await auki('clock', 'nowhere', '--discovery', await discovery())
  expect(code).toBe(1)
  expect(stderr).toContain('nowhere')
})
