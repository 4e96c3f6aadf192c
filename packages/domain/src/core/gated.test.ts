import { describe, expect, test } from 'vitest'
import { documentOf, me, row, ScriptedPeer } from '../testing/scripted.ts'

const missing = { type: 'gate-missing' }
const announced = (peer: ScriptedPeer) => peer.take('announce').map(({ announcement }) => announcement)

/** A follower that its Manager has handed over to, promoted by its claim. */
function promoted(self: { gated?: boolean }, mark: { gated?: true } = { gated: true }): ScriptedPeer {
  const peer = ScriptedPeer.follower(['peer-m', me, 'peer-z'], {}, self)
  peer.receive('peer-m', { ...documentOf(['peer-m', me, 'peer-z'], 100, 2), ...mark }, { handoverTo: me })
  peer.answerRead({ kind: 'row', row: row(me, 200) })
  const { no } = peer.takeOne('rotate-row')
  peer.post({ type: 'row-rotated', no, outcome: { kind: 'ok', row: row(me, 201, { instance: 'mine' }) } })
  expect(peer.view().role).toBe('manager')
  return peer
}

describe('a gated cluster', () => {
  test('a Manager with a gate says so in its document, one without does not', () => {
    expect(ScriptedPeer.manager(['peer-b'], {}, { gated: true }).view().membership.gated).toBe(true)
    expect(ScriptedPeer.manager(['peer-b']).view().membership).not.toHaveProperty('gated')
  })

  test('a promotion keeps the mark, whether the successor has a gate or not', () => {
    for (const gated of [true, false]) {
      const peer = promoted({ gated })
      expect(peer.view().membership.gated).toBe(true)
      expect(peer.takeOne('push').document.gated).toBe(true)
    }
  })

  test('a successor without a gate says so in an event; one with a gate, or of a cluster that had none, does not', () => {
    const missed = (peer: ScriptedPeer) => announced(peer).filter(({ type }) => type === 'gate-missing')
    expect(missed(promoted({}))).toEqual([missing])
    expect(missed(promoted({ gated: true }))).toEqual([])
    expect(missed(promoted({}, {}))).toEqual([])
  })

  test('and it warns, with what to do', () => {
    const warnings = promoted({})
      .take('log')
      .filter(({ level }) => level === 'warn')
    expect(warnings).toEqual([expect.objectContaining({ text: expect.stringContaining('set admitGate') })])
  })

  test('who is admitted then gets the mark too', () => {
    const peer = promoted({})
    peer.request('peer-x', 1)
    expect(peer.take('answer-join')).toMatchObject([{ answer: { kind: 'accept', document: { gated: true } } }])
  })

  test('a member only remembers the mark', () => {
    const peer = ScriptedPeer.follower()
    const document = { ...documentOf(['peer-m', me], 100, 2), gated: true as const }
    peer.receive('peer-m', document)
    expect(peer.view().membership).toEqual(document)
    expect(announced(peer)).not.toContainEqual(missing)
  })
})
