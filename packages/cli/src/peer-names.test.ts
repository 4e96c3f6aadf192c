import type { DomainEvent, DomainPeer } from '@auki/domain'
import { expect, test } from 'vitest'
import { labelOf, type Peers, resolvePeer, shortId } from './peer-names.ts'

const id = (end: string): string => `12D3KooW${'a'.repeat(44 - end.length)}${end}`

function peer(end: string, name?: string, rest: Partial<DomainPeer> = {}): DomainPeer {
  return { peerId: id(end), ...(name !== undefined && { name }), isSelf: false, isManager: false, observer: false, ...rest }
}

/** A cluster of these; each of `comers` comes with an event. */
function lab(peers: DomainPeer[], comers: readonly DomainPeer[] = [], why?: Error): Peers {
  async function* events({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<DomainEvent> {
    for (const comer of comers) {
      peers.push(comer)
      yield { type: 'member-joined', peerId: comer.peerId }
    }
    signal?.throwIfAborted()
  }
  return { peers, events, closed: Promise.resolve(why), clusterManager: { clusterName: 'lab' } } as Peers
}

const signal = new AbortController().signal
const resolve = (peers: DomainPeer[], text: string) => resolvePeer(lab(peers), text, { signal })

test('a short id is four characters, and more where another id ends so', () => {
  expect(shortId(id('8kQz'))).toBe('8kQz')
  expect(shortId(id('x8kQz'), [id('x8kQz'), id('y8kQz'), id('other')])).toBe('x8kQz')
  expect(shortId('QzQz', ['zQzQz'])).toBe('QzQz')
})

test('a label is the name with the short id', () => {
  expect(labelOf(peer('8kQz', 'robot'))).toBe('robot ·8kQz')
  expect(labelOf(peer('8kQz'))).toBe('·8kQz')
  expect(labelOf(peer('x8kQz', 'robot'), [peer('x8kQz'), peer('y8kQz')])).toBe('robot ·x8kQz')
})

test.each([
  ['\x1b[2J\x9b31mrobot\r\n', '[2J 31mrobot'],
  ['ro\u202ebot\u2028of\u2066mine\ud800', 'ro bot of mine'],
  [' \u200b\t', ''],
  ['a'.repeat(20) + 'b'.repeat(1_000_000), `${'a'.repeat(16)}…${'b'.repeat(15)}`],
  ['🤖'.repeat(40), `${'🤖'.repeat(16)}…${'🤖'.repeat(15)}`]
])('a hostile name is cleaned and cut: %j', (name, shown) => {
  expect(labelOf(peer('8kQz', name))).toBe(`${shown} ·8kQz`.trim())
})

const crew = [peer('8kQz', 'robot'), peer('7yTs', 'phone'), peer('6xRr'), peer('5wMe', 'auki tail', { isSelf: true })]

test.each(['robot', id('8kQz'), '8kQz', 'aa8kQz', '·8kQz', 'robot ·8kQz', 'z'])('%s is the robot', async (text) => {
  expect(await resolve(crew, text)).toBe(crew[0])
})

test('a start of an id that nobody else has means its peer', async () => {
  const other: DomainPeer = { ...peer('9999'), peerId: '12D3KooWbcdefghijk' }
  expect(await resolve([...crew, other], '12D3KooWb')).toBe(other)
})

test.each(['12D3KooWnobody', 'Robot', 'rob', '', '·', 'robot ·7yTt', 'auki tail', '5wMe'])(
  '%j is refused at once: nobody else is called so',
  async (text) => {
    const shown = 'robot ·8kQz, phone ·7yTs, ·6xRr'
    await expect(resolve(crew, text)).rejects.toMatchObject({
      code: 'no-such-member',
      message: `no such peer in lab: "${text}"; it has ${shown}; to wait for one that is to come: --wait`
    })
  }
)

test('what several are called lists them with their ids', async () => {
  const [first, second] = [peer('x8kQz', 'robot'), peer('y8kQz', 'robot')]
  for (const text of ['robot', '8kQz', '12D3KooW', '·8kQz', 'robot ·8kQz']) {
    await expect(resolve([first, second], text)).rejects.toMatchObject({
      code: 'ambiguous-peer',
      message: `"${text}" can be 2 peers of lab: robot ·x8kQz (${id('x8kQz')}), robot ·y8kQz (${id('y8kQz')}); say which one by more of its id`,
      details: { cluster: 'lab', peer: text, candidates: [id('x8kQz'), id('y8kQz')] }
    })
  }
  expect(await resolve([first, second], 'x8kQz')).toBe(first)
})

test('a hundred of a name are not all listed', async () => {
  const many = Array.from({ length: 100 }, (_, at) => peer(`z${String(at).padStart(3, '0')}`, 'robot'))
  await expect(resolve(many, 'robot')).rejects.toThrow(/z009\), 90 more; say/)
  await expect(resolve(many, 'phone')).rejects.toThrow(/·z009, 90 more; to wait/)
})

test('a name that is the id of another, or ends as one, takes nothing from it', async () => {
  const [robot, thief, copier] = [peer('8kQz', 'robot'), peer('7yTs', id('8kQz')), peer('6xRr', '8kQz')]
  expect(await resolve([robot, thief, copier], id('8kQz'))).toBe(robot)
  expect(await resolve([robot, thief, copier], '·8kQz')).toBe(robot)
  await expect(resolve([robot, thief, copier], '8kQz')).rejects.toMatchObject({ code: 'ambiguous-peer' })
})

test('a name of one letter is a name, whatever ids end so', async () => {
  expect(await resolve([peer('8kQz'), peer('7yTs', 'z')], 'z')).toMatchObject({ name: 'z' })
})

test('observers come after all others, and are found where nobody else is called so', async () => {
  const watcher = peer('7yTs', 'robot', { observer: true })
  expect(await resolve([peer('8kQz', 'robot'), watcher], 'robot')).toMatchObject({ observer: false })
  expect(await resolve([peer('8kQz'), watcher], 'robot')).toBe(watcher)
})

test('one that is to come is waited for', async () => {
  const robot = peer('8kQz', 'robot')
  expect(await resolvePeer(lab([], [peer('7yTs', 'phone'), robot]), 'robot', { wait: true, signal })).toBe(robot)
  const gone = new Error('evicted')
  await expect(resolvePeer(lab([], [], gone), 'robot', { wait: true, signal })).rejects.toBe(gone)
  const enough = new Error('enough')
  await expect(resolvePeer(lab([]), 'robot', { wait: true, signal: AbortSignal.abort(enough) })).rejects.toBe(enough)
})
