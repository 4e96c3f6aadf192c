import { expect, test } from 'vitest'
import { authorizationFor } from './authorization.ts'

const about = { clusterName: 'lab', managerPeerId: 'm', localPeerId: 'me' }
const { signal } = new AbortController()

test('a function is asked whom it is for', async () => {
  expect(
    await authorizationFor(({ clusterName, managerPeerId, localPeerId }) => `${clusterName} ${managerPeerId} ${localPeerId}`, about, signal)
  ).toBe('lab m me')
  expect(await authorizationFor(async () => 'later', about, signal)).toBe('later')
})

test.each([undefined, null, 7])('%j is no authorization', async (answer) => {
  await expect(authorizationFor(() => answer as unknown as string, about, signal)).rejects.toThrow('must answer a string')
})

test('one that never answers ends with the attempt', async () => {
  const attempt = new AbortController()
  const asked = authorizationFor(() => new Promise(() => {}), about, attempt.signal)
  attempt.abort(new Error('the join was given up'))
  await expect(asked).rejects.toThrow('given up')
})
