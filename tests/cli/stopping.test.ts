/** How commands end: left cleanly, interrupted, at once, because nobody reads on or the parent is gone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { at, bundle, discovery, event, finished, raw, start, stop } from './support.ts'

/** A service that takes connections and never answers; `asked` resolves when the first request came. */
async function silentService(): Promise<{ url: string; asked: Promise<void> }> {
  const asked = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => asked.resolve())
    onTestFinished(() => {
      socket.destroy()
    })
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  onTestFinished(() => {
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, asked: asked.promise }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s while joining ends with 130 and a line', async (signal) => {
  const { url, asked } = await silentService()
  const child = start('join', 'lab', ...at(url), '--json')
  await asked
  expect(await stop(child, signal)).toBe(130)
  expect(child.events).toEqual([])
  expect(child.stderr).toBe(`auki: stopped by ${signal} before it was done`)
})

test('under nohup, or a shell that ignores it, SIGHUP ends nothing', async () => {
  const nohup = raw(['discovery', '--port', '0', '--json'], { _: '/usr/bin/nohup' })
  const script = 'trap "" HUP; "$0" "$@" & echo $!; wait $!'
  const shell = spawn('sh', ['-c', script, process.execPath, bundle, 'discovery', '--port', '0', '--json'])
  // From now on: the first may end while the second is still starting.
  const ends = [nohup, shell].map(async (child) => (await once(child, 'exit'))[0] as unknown)
  const lines = [nohup, shell].map((child) => createInterface({ input: child.stdout! })[Symbol.asyncIterator]())
  const pid = Number((await lines[1]!.next()).value)
  onTestFinished(() => void shell.kill('SIGKILL'))
  for (const [at, one] of [nohup.pid!, pid].entries()) {
    const { url } = JSON.parse((await lines[at]!.next()).value as string) as { url: string }
    process.kill(one, 'SIGHUP')
    expect((await fetch(`${url}/clusters`)).ok).toBe(true)
    process.kill(one, 'SIGTERM')
  }
  expect(await Promise.all(ends)).toEqual([0, 0])
})

test('the second signal ends it at once', async () => {
  const url = await discovery()
  const manager = start('join', 'lab', ...at(url), '--json')
  await event(manager, 'joined')
  const successor = start('join', 'lab', ...at(url), '--json')
  await event(successor, 'joined')
  successor.kill('SIGSTOP') // so that the hand-over to it takes a while
  manager.kill('SIGTERM')
  const again = setInterval(() => manager.kill('SIGTERM'), 150)
  expect(await manager.ended).toBe(130)
  clearInterval(again)
  expect(manager.last('left')).toBeUndefined()
})

test('a signal that comes twice at once, as from a terminal and from npm, is one', async () => {
  const robot = start('join', 'lab', ...at(await discovery()), '--json')
  await event(robot, 'joined')
  robot.kill('SIGINT')
  robot.kill('SIGTERM')
  expect(await robot.ended).toBe(0)
  expect(robot.events.at(-1)).toEqual({ event: 'left', atMs: expect.any(Number) })
})

test('a Manager that is stopped hands over before it ends', async () => {
  const url = await discovery()
  const manager = start('join', 'lab', ...at(url), '--json')
  await event(manager, 'joined')
  const follower = start('join', 'lab', ...at(url), '--json')
  const { peerId } = await event(follower, 'joined')
  expect(await stop(manager)).toBe(0)
  await event(follower, 'manager-changed', ({ managerPeerId }) => managerPeerId === peerId)
  await event(follower, 'role-changed', ({ role }) => role === 'manager')
})

test('when nobody reads on, it leaves and says nothing', async () => {
  const url = await discovery()
  const child = raw(['join', 'lab', ...at(url), '--json'])
  const lines = createInterface({ input: child.stdout! })
  const joined = Promise.withResolvers<string>()
  lines.on('line', joined.resolve)
  const { peerId } = JSON.parse(await joined.promise) as { peerId: string }
  const ending = finished(child)
  child.stdout!.destroy()
  const other = start('join', 'lab', ...at(url), '--json') // makes it write
  expect(await ending).toMatchObject({ code: 0, stderr: '' })
  await event(other, 'member-left', (seen) => seen['peerId'] === peerId)
})

test('it leaves when its parent is gone', async () => {
  const robot = start('join', 'lab', ...at(await discovery()), '--json')
  await event(robot, 'joined')
  robot.disconnect()
  expect(await robot.ended).toBe(0)
  expect(robot.events.at(-1)).toEqual({ event: 'left', atMs: expect.any(Number) })
})

test('it goes when npm is gone, which passes no SIGTERM on', async () => {
  const command = `'${process.execPath}' '${bundle}' discovery --port 0 --json & wait`
  const npm = spawn('sh', ['-c', command], { env: { ...process.env, npm_command: 'exec' }, stdio: ['ignore', 'pipe', 'ignore'] })
  const listening = Promise.withResolvers<void>()
  npm.stdout.once('data', () => listening.resolve())
  const closed = Promise.withResolvers<void>()
  npm.on('close', () => closed.resolve())
  await listening.promise
  npm.kill('SIGKILL')
  await closed.promise // the pipe is open as long as anybody of them lives
})
