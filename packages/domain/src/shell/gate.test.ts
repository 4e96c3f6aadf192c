import { expect, test } from 'vitest'
import { type AdmitGate, type AdmitVerdict, askGate } from './gate.ts'

const { signal } = new AbortController()
const about = { clusterName: 'lab', localPeerId: 'manager', name: undefined, signal }
const asked = { peerId: 'joiner', authorization: 'Bearer x', about }

async function verdictOf(check: AdmitGate['check']) {
  const logged: string[] = []
  const verdict = await askGate({ check }, asked, (level, text) => logged.push(`${level} ${text}`))
  return { verdict, logged }
}

test('the gate is told who asks with what, and how long it matters', async () => {
  const seen: unknown[] = []
  const { verdict } = await verdictOf((...args) => {
    seen.push(...args)
    return { ok: true }
  })
  expect(verdict).toEqual({ kind: 'ok' })
  expect(seen).toEqual(['joiner', 'Bearer x', about])
})

test('a refusal keeps its reason', async () => {
  const { verdict, logged } = await verdictOf(async () => ({ ok: false, reason: 'members only' }))
  expect(verdict).toEqual({ kind: 'refused', reason: 'members only' })
  expect(logged).toEqual([])
})

test.each<[string, () => AdmitVerdict | Promise<AdmitVerdict>]>([
  ['throws', () => JSON.parse('{')],
  ['rejects', () => Promise.reject(new Error('database is down'))],
  ['answers nothing', () => undefined as unknown as AdmitVerdict],
  ['answers true', () => true as unknown as AdmitVerdict],
  ['refuses without a reason', () => ({ ok: false }) as unknown as AdmitVerdict],
  ['says neither yes nor no', () => ({ ok: 1 }) as unknown as AdmitVerdict]
])('a gate that %s has failed, and that is logged', async (_how, check) => {
  const { verdict, logged } = await verdictOf(check)
  expect(verdict).toEqual({ kind: 'failed' })
  expect(logged).toHaveLength(1)
  expect(logged[0]).toMatch(/^warn the admit gate failed for joiner/)
})
