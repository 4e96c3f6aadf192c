import { expect, test } from 'vitest'
import { resolveSettings, type SettingsInit } from './presence-settings.ts'

test('the default is robust, a preset can be chosen, and what is given differs from it', () => {
  expect(resolveSettings()).toMatchObject({ peerLossTimeoutMs: 15_000, localHealthGuard: true, joinDeadlineMs: 30_000, signWrites: true })
  expect(resolveSettings({ preset: 'lan' }).peerLossTimeoutMs).toBe(1_500)
  expect(resolveSettings({ preset: 'lan', watch: false, joinDeadlineMs: 5_000 })).toMatchObject({
    peerLossTimeoutMs: 1_500,
    watch: false,
    joinDeadlineMs: 5_000
  })
})

test('a preset says how long a row lives and when a peer is lost; robust asks Discovery for nothing', () => {
  const of = (preset: 'lan' | 'wifi' | 'robust') => {
    const { rowLifeMs, peerLossTimeoutMs } = resolveSettings({ preset })
    return [rowLifeMs, peerLossTimeoutMs]
  }
  expect([of('lan'), of('wifi'), of('robust')]).toEqual([
    [3_000, 1_500],
    [6_000, 6_000],
    [undefined, 15_000]
  ])
  expect(resolveSettings({ preset: 'robust', rowLifeMs: 12_000 }).rowLifeMs).toBe(12_000)
})

test('undefined is not given', () => {
  expect(resolveSettings({ joinDeadlineMs: undefined } as unknown as SettingsInit).joinDeadlineMs).toBe(30_000)
})

test.each<[SettingsInit, string]>([
  [{ peerLossTimeoutMs: 999 }, 'peerLossTimeoutMs is 999, it must be a number from 1000 to 86400000'],
  [{ rowLifeMs: 2_999 }, 'rowLifeMs is 2999, it must be an integer from 3000 to 60000; leave it out'],
  [{ rowLifeMs: 60_001 }, 'rowLifeMs is 60001, it must be an integer from 3000 to 60000'],
  [{ rowLifeMs: 3_000.5 }, 'rowLifeMs is 3000.5, it must be an integer from 3000 to 60000'],
  [{ rowLifeMs: null as unknown as number }, 'rowLifeMs is null, it must be an integer from 3000 to 60000'],
  [{ joinDeadlineMs: Number.POSITIVE_INFINITY }, 'joinDeadlineMs is Infinity, it must be a number from 1 to'],
  [{ maxMembers: Number.NaN }, 'maxMembers is NaN, it must be a number from 1 to 1024'],
  [{ maxMembers: 1_025 }, 'maxMembers is 1025, it must be a number from 1 to 1024'],
  [{ rowRecheckMs: '2s' as unknown as number }, 'rowRecheckMs is 2s, it must be a number from 100 to'],
  [{ preset: 'wan' as 'lan' }, 'there is no preset "wan"; choose one of lan, wifi, robust'],
  [{ preset: 'toString' as 'lan' }, 'there is no preset "toString"']
])('%o is refused with what was given and what may be', (init, message) => {
  expect(() => resolveSettings(init)).toThrow(new RegExp(message))
})
