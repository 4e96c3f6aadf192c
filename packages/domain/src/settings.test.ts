import { expect, test } from 'vitest'
import { resolveSettings, type SettingsInit } from './settings.ts'

test('the default is robust, a preset can be chosen, and what is given differs from it', () => {
  expect(resolveSettings()).toMatchObject({ peerLossTimeoutMs: 15_000, localHealthGuard: true, joinDeadlineMs: 30_000, signWrites: true })
  expect(resolveSettings({ preset: 'lan' }).peerLossTimeoutMs).toBe(1_500)
  expect(resolveSettings({ preset: 'lan', watch: false, joinDeadlineMs: 5_000 })).toMatchObject({
    peerLossTimeoutMs: 1_500,
    watch: false,
    joinDeadlineMs: 5_000
  })
})

test('undefined is not given', () => {
  expect(resolveSettings({ joinDeadlineMs: undefined } as unknown as SettingsInit).joinDeadlineMs).toBe(30_000)
})

test.each<[SettingsInit, string]>([
  [{ peerLossTimeoutMs: 999 }, 'peerLossTimeoutMs is 999, it must be a number from 1000 to 86400000'],
  [{ joinDeadlineMs: Number.POSITIVE_INFINITY }, 'joinDeadlineMs is Infinity, it must be a number from 1 to'],
  [{ maxMembers: Number.NaN }, 'maxMembers is NaN, it must be a number from 1 to 1024'],
  [{ maxMembers: 1_025 }, 'maxMembers is 1025, it must be a number from 1 to 1024'],
  [{ rowRecheckMs: '2s' as unknown as number }, 'rowRecheckMs is 2s, it must be a number from 100 to'],
  [{ preset: 'wan' as 'lan' }, 'there is no preset "wan"; choose one of lan, robust'],
  [{ preset: 'toString' as 'lan' }, 'there is no preset "toString"']
])('%o is refused with what was given and what may be', (init, message) => {
  expect(() => resolveSettings(init)).toThrow(new RegExp(message))
})
