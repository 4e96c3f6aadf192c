import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { CliError } from './errors.ts'
import { allOf, createProgram, nameOf } from './program.ts'
import { fakeHost, runHere } from './testing/fake-host.ts'

const commands = [
  'discovery',
  'demo',
  'id',
  'join',
  'ls',
  'watch',
  'info',
  'catalog',
  'clock',
  'tail',
  'record',
  'play',
  'relay',
  'context',
  'peers',
  'ping',
  'doctor',
  'completion'
]

test('help names every command and the exit codes', async () => {
  const { code, stdout, stderr } = await runHere(['--help'])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  expect(stdout).toContain('130  interrupted')
  expect(stdout).not.toContain('demo-console')
})

test('no command is missing here', () => {
  const names = allOf(createProgram(fakeHost())).map((command) => nameOf(command).replace(/^auki ?/, ''))
  expect(names.toSorted()).toEqual(['', ...commands, ...inGroups, 'demo-console', 'complete'].toSorted())
})

const groups: readonly string[] = ['context']
const inGroups = ['context add', 'context use', 'context ls', 'context rm']

test.each([...commands.filter((command) => !groups.includes(command)), ...inGroups])(
  '%s --help has an example and --json',
  async (command) => {
    const { code, stdout } = await runHere([...command.split(' '), '--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`Example:\n {2}\\$ auki ${command}`))
    expect(stdout).toContain('--json')
  }
)

test('a secret in the URL of Discovery is not repeated, wherever the URL comes from', async () => {
  const url = 'http://user:secret@127.0.0.1:1'
  const given = await runHere(['ls', '--json', '--discovery', url])
  expect(given).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('user or password') })
  expect(given.stderr).not.toContain('secret')
})

test('--version is the version of the package', async () => {
  expect(await runHere(['--version'])).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' })
})

test.each([
  [['nonsense'], /unknown command 'nonsense'/],
  [['lss'], /Did you mean ls\?/],
  [['join'], /missing required argument 'cluster'/],
  [['join', 'a', 'b'], /too many arguments/],
  [['join', 'lab', '--target', 'steal'], /'steal' is invalid.*join, create, join-or-create/],
  [['join', 'lab', '--preset', 'wan'], /'wan' is invalid.*lan, wifi, robust/],
  [['join', 'lab', '--listen', '127.0.0.1'], /must be a multiaddr/],
  [['join', 'lab', '--sensor', 'sonar:synthetic'], /must be one of camera:synthetic/],
  [['join', 'not a name', '--discovery', 'http://127.0.0.1:1'], /can't be the name of a cluster/],
  [['watch', 'watch', '--discovery', 'http://127.0.0.1:1'], /can't be the name of a cluster/],
  [['info', 'lab', '--discovery', 'localhost'], /must be a URL/],
  [['ls', '--unknown'], /unknown option '--unknown'/],
  [['ls', 'lab'], /too many arguments/],
  [['discovery', '--port', '70000'], /must be a number from 0/],
  [['discovery', '--row-life', '3'], /'--row-life <duration>' argument '3' is invalid.*must be a duration from 1ms to 1440m/],
  [['discovery', '--row-life-max', '1s'], /'--row-life-max <duration>' argument '1s' is invalid.*must be a duration from 3s to 15s/],
  [['discovery', '--row-life-max', '60s'], /'--row-life-max <duration>' argument '60s' is invalid.*must be a duration from 3s to 15s/],
  [
    ['tail', 'lab', 'p', 'r', '--from', 'now'],
    /'--from <where>' argument 'now' is invalid.*latest, start \(or from_start\), or a time in ns/
  ],
  [['record', 'lab', '--out', 'f', '--from', '-1'], /'--from <where>' argument '-1' is invalid/],
  [['tail', 'lab', 'p', 'r', '--keep', 'newest'], /'--keep <what>' argument 'newest' is invalid.*all, latest/],
  [['record', 'lab'], /'--out <file>' not specified/],
  [['discovery', '--store', 'memory'], /unknown option '--store'/],
  [['id', '--seed-file'], /argument missing/],
  [['tail', 'lab', 'robot', 'camera', '--timeout', '5'], /'--timeout <duration>' argument '5' is invalid.*like 3s, 500ms or 2m/],
  [['relay'], /whom to serve\?/],
  [['context', 'add', 'lab'], /missing required argument 'url'/],
  [['context', 'add', 'a b', 'http://127.0.0.1:1'], /can't be the name of a context/],
  [['context', 'nonsense'], /unknown command 'nonsense'/]
])('%j is wrong usage, said in a line', async (args, message) => {
  const { code, stdout, stderr } = await runHere(args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
  expect(stderr).toMatch(/^auki: [^\n]+ \(see auki[ a-z]* --help\)\n$/)
})

test.each([
  [['nonsense'], 'auki'],
  [['join'], 'auki join'],
  [['ls', '--unknown'], 'auki ls'],
  [['info', 'lab', '--discovery', 'localhost'], 'auki info'],
  [['ls', '--discovery', 'http://user:secret@127.0.0.1:1'], 'auki ls'],
  [['watch', 'watch', '--discovery', 'http://127.0.0.1:1'], 'auki watch'],
  [['context', 'add'], 'auki context add']
])('%j points at the help of %s', async (args, command) => {
  expect((await runHere(args)).stderr).toMatch(new RegExp(`\\(see ${command} --help\\)\n$`))
})

test('no command at all shows the help, as wrong usage', async () => {
  const { code, stdout, stderr } = await runHere([])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('Commands:')
})

test('a service that is not there is said in a line', async () => {
  for (const command of [['ls'], ['info', 'lab'], ['watch', 'lab']]) {
    const { code, stdout, stderr } = await runHere([...command, '--json', '--discovery', 'http://127.0.0.1:9'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^auki: [^\n]*http:\/\/127\.0\.0\.1:9[^\n]*\n$/)
  }
})

test.each([
  ['a page', '<html>\n<h1>It works!</h1>\n</html>', 1],
  ['a number', '7', 1],
  ['nothing', '', 1],
  ['rows that are none', '{"clusters":[7,{"name":"\\u001b[2J"}]}', 0]
])('a service that answers with %s does not get its words to the terminal', async (_, body, code) => {
  await using service = createServer((_request, response) => response.setHeader('auki-discovery-version', '2').end(body))
  const listening = Promise.withResolvers<void>()
  service.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  const url = `http://127.0.0.1:${(service.address() as { port: number }).port}`
  const ended = await runHere(['ls', '--discovery', url])
  expect(ended.code).toBe(code)
  expect(ended.stdout).toBe(code === 0 ? `no clusters at ${url}\n` : '')
  expect(ended.stderr).toMatch(code === 0 ? /^$/ : /^auki: Discovery's answer cannot be read: [^\n]+\n$/)
})

test('an address that cannot be listened on is said in a line', async () => {
  const { code, stderr } = await runHere(['join', 'lab', '--listen', '/ip4/203.0.113.1/tcp/1', '--discovery', 'http://127.0.0.1:9'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^auki: can't listen on \/ip4\/203\.0\.113\.1\/tcp\/1: [^\n]+\n$/)
})

test('a seed file of another length is refused and kept', async () => {
  const { code, stderr } = await runHere(['id', '--seed-file', 'package.json'])
  expect(code).toBe(1)
  expect(stderr).toMatch(/^auki: --seed-file package\.json: seed file must be exactly 32 bytes, found \d+; [^\n]+\n$/)
})

test('stacks are for AUKI_DEBUG', async () => {
  const quiet = await runHere(['ls', '--discovery', 'http://127.0.0.1:9'])
  expect(quiet.stderr).not.toMatch(/\n\s+at /)
  const loud = await runHere(['ls', '--discovery', 'http://127.0.0.1:9'], fakeHost({ debug: true }))
  expect(loud.code).toBe(1)
  expect(loud.stderr).toMatch(/\n\s+at /)
})

test('stopped before it began, it ends with 130; when nobody reads, with 0 and silence', async () => {
  const stopped = (by: string): AbortSignal => AbortSignal.abort(new CliError('interrupted', `stopped by ${by} before it was done`, { by }))
  const args = ['ls', '--discovery', 'http://127.0.0.1:9']
  expect(await runHere(args, fakeHost({ stop: stopped('SIGINT') }))).toEqual({
    code: 130,
    stdout: '',
    stderr: 'auki: stopped by SIGINT before it was done\n'
  })
  expect(await runHere(args, fakeHost({ stop: stopped('broken-pipe') }))).toEqual({ code: 0, stdout: '', stderr: '' })
})
