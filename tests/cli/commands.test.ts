import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { AukiChild, ChildEvent } from '../../packages/cli/src/child.ts'
import { at, auki, discovery, event, finished, launch, raw, start, stop } from './support.ts'

const peerIdRule = /^12D3KooW\w{44}$/
/** How the clock of a session relates to UTC: every peer that joins has a log of it. */
const clockLogRule = /^12D3KooW\w{44}\/\w{26}\/monotonic->12D3KooW\w{44}\/\w{26}\/utc$/

/** Lines of JSON, as `JSON.parse` reads them. */
const objects = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('in a cluster of one robot', () => {
  let service: AukiChild
  let robot: AukiChild
  let url: string
  let joined: ChildEvent
  beforeAll(async () => {
    service = launch(['discovery', '--port', '0', '--json'])
    url = String((await event(service, 'listening'))['url'])
    const sensors = ['camera', 'lidar', 'pose', 'camera'].flatMap((kind) => ['--sensor', `${kind}:synthetic`])
    robot = launch(['join', 'lab', '--name', 'robot', ...sensors, ...at(url), '--json'])
    joined = await event(robot, 'joined')
  })
  afterAll(async () => {
    await stop(robot)
    await stop(service)
  })

  test('join says who and where the peer is', () => {
    expect(joined).toMatchObject({
      clusterName: 'lab',
      name: 'robot',
      role: 'manager',
      resourceIds: ['camera', 'lidar', 'odom->base_link', 'camera-2', expect.stringMatching(clockLogRule)]
    })
    expect(joined['peerId']).toMatch(peerIdRule)
    expect(joined['managerPeerId']).toBe(joined['peerId'])
    expect(joined['members']).toEqual([joined['peerId']])
    expect(joined['multiaddrs']).toEqual([expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+$/)])
  })

  test('ls lists it, its 64-bit integers as integers', async () => {
    const { code, stdout, stderr } = await auki('ls', '--json', '--discovery', url)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(objects(stdout)).toEqual([
      expect.objectContaining({ name: 'lab', managerPeerId: joined['peerId'], peerCount: 1, sweepAfterMs: 3000 })
    ])
    expect(stdout).toMatch(/"createdNs":\d{19}[,}]/)
    expect(stdout).toMatch(/"revision":\d{16}[,}]/)
  })

  test('ls has a table for people, and takes the service from the environment', async () => {
    const { code, stdout } = await finished(raw(['ls'], { AUKI_DISCOVERY_URL: url }))
    const label = `·${String(joined['peerId']).slice(-4)}`
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^CLUSTER +MEMBERS +MANAGER +CREATED\nlab +1 +${label} +(now|\\d+ (s|min) ago)\n$`))
  })

  test('info asks who is there', async () => {
    const { code, stdout, stderr } = await auki('info', 'lab', '--json', '--discovery', url)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { peerId } = joined
    expect(objects(stdout)).toEqual([
      expect.objectContaining({ peerId, name: 'robot', app: 'auki-cli', isManager: true, managerPeerId: peerId })
    ])
    expect(stdout).toMatch(/"sessionNowNs":\d+[,}]/)
  })

  test('catalog lists the logs in wire spelling', async () => {
    const { code, stdout, stderr } = await auki('catalog', 'lab', 'robot', '--json', '--discovery', url)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const rows = objects(stdout)
    expect(rows.map((row) => row['resource_id'])).toEqual([
      'camera',
      'lidar',
      'camera-2',
      'odom->base_link',
      expect.stringMatching(clockLogRule)
    ])
    expect(rows.map((row) => row['variant'])).toEqual(['sensor_log', 'sensor_log', 'sensor_log', 'pose_log', 'time_transform_log'])
    expect(rows[0]).toMatchObject({
      writer_peer_id: joined['peerId'],
      state: 'live',
      head: { kind: 'rolling', retention_ns: 10_000_000_000 },
      sensor: { kind: 'camera', type: 'rgb', sensor_id: 'camera' },
      manifest: { frame: { peer_id: joined['peerId'], id: 'camera_optical' } }
    })
  })

  test('catalog and info have text for people', async () => {
    const [catalog, info] = await Promise.all([auki('catalog', 'lab', '--discovery', url), auki('info', 'lab', '--discovery', url)])
    expect(catalog.stdout).toMatch(
      /^PEER +LOG +KIND +STATE +ENTRIES +SIZE +SPAN\nrobot ·\w{4} +camera +camera rgb +live +\d+ +[\d.]+ [kM]B +[\d.]+ m?s\n/
    )
    expect(catalog.stdout).toMatch(/^robot ·\w{4} +clock +clock +live /m)
    expect(info.stdout).toMatch(/^PEER +ROLE +APP +SESSION +JOINED\nrobot ·\w{4} +Manager +auki-cli +\w{26} +(now|-|\d+ (s|min) ago)\n$/)
  })

  test('what is not there is said in a line', async () => {
    const [noCluster, noPeer, noLogs] = await Promise.all([
      auki('info', 'nowhere', '--json', '--discovery', url),
      auki('catalog', 'lab', '12D3KooWnobody', '--json', '--discovery', url),
      auki('tail', 'lab', '12D3KooWnobody', 'camera', '--json', '--discovery', url)
    ])
    expect(noCluster).toEqual({ code: 1, stdout: '', stderr: 'auki: there is no cluster "nowhere": create it, or wait for somebody to\n' })
    expect(noPeer).toMatchObject({ code: 1, stdout: '' })
    expect(noLogs).toEqual(noPeer)
    const has = `it has robot ·${String(joined['peerId']).slice(-4)}`
    expect(noPeer.stderr).toBe(`auki: no such peer in lab: "12D3KooWnobody"; ${has}; to wait for one that is to come: --wait\n`)
  })

  test('target create is refused where a cluster is', async () => {
    const { code, stdout, stderr } = await auki('join', 'lab', '--target', 'create', '--json', ...at(url))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^auki: a cluster "lab" exists already: [^\n]+\n$/)
  })

  test('watch looks on without becoming a member that could be Manager, and leaves', async () => {
    const watch = start('watch', 'lab', '--discovery', url, '--json')
    const first = await event(watch, 'joined')
    expect(first).toMatchObject({ role: 'follower', managerPeerId: joined['peerId'], multiaddrs: [], resourceIds: [] })
    const phone = start('join', 'lab', '--name', 'phone', ...at(url), '--json')
    const { peerId } = await event(phone, 'joined')
    await event(watch, 'member-joined', (seen) => seen['peerId'] === peerId)
    await event(robot, 'member-joined', (seen) => seen['peerId'] === peerId)
    expect(await stop(phone, 'SIGINT')).toBe(0)
    expect(phone.events.at(-1)).toEqual({ event: 'left', atMs: expect.any(Number) })
    await event(watch, 'member-left', (seen) => seen['peerId'] === peerId)
    expect(await stop(watch)).toBe(0)
    expect(watch.events.at(-1)).toEqual({ event: 'left', atMs: expect.any(Number) })
    await event(robot, 'member-left', (seen) => seen['peerId'] === first['peerId'])
  })
})

test('discovery tells what happens to its rows; the last one to leave takes the row away', async () => {
  const service = start('discovery', '--port', '0', '--row-life', '2s', '--json')
  const url = String((await event(service, 'listening'))['url'])
  expect(service.events[0]).toEqual({
    event: 'listening',
    atMs: expect.any(Number),
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/)
  })
  const robot = start('join', 'lab', '--target', 'create', ...at(url), '--json')
  const { peerId } = await event(robot, 'joined')
  await event(service, 'created', (row) => row['name'] === 'lab' && row['managerPeerId'] === peerId)
  expect(objects((await auki('ls', '--json', '--discovery', url)).stdout)[0]).toMatchObject({ sweepAfterMs: 2_000 })
  expect(await stop(robot)).toBe(0)
  await event(service, 'deleted')
  expect(await auki('ls', '--json', '--discovery', url)).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await stop(service)).toBe(0)
  expect(service.stderr).toBe('')
})

test('id shows the identity that join has with the same seed file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'auki-id-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const seedFile = join(directory, 'robot', 'identity.seed')
  const url = await discovery()
  const first = objects((await auki('id', '--json', '--seed-file', seedFile)).stdout)[0]
  expect(first).toEqual({ peerId: expect.stringMatching(peerIdRule), walletId: expect.stringMatching(/^[0-9a-f]{32}$/) })
  expect(await readFile(seedFile)).toHaveLength(32)
  const robot = start('join', 'lab', '--seed-file', seedFile, ...at(url), '--json')
  expect((await event(robot, 'joined'))['peerId']).toBe(first?.['peerId'])
  const [again, fresh] = await Promise.all([auki('id', '--json', '--seed-file', seedFile), auki('id', '--json')])
  expect(objects(again.stdout)).toEqual([first])
  expect(objects(fresh.stdout)[0]?.['peerId']).not.toBe(first?.['peerId'])
})

test('what a port is taken by is said in a line', async () => {
  const { port } = new URL(await discovery())
  const { code, stdout, stderr } = await auki('discovery', '--port', port, '--json')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(new RegExp(`^auki: cannot listen on 127\\.0\\.0\\.1:${port}: [^\\n]+\\n$`))
})
