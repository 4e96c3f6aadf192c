import { expect, test } from 'vitest'
import { listenOn } from './listen.ts'
import type { NodeParts } from './patches/components.ts'
import { lacksFamily } from './patches/missing-family.ts'

const v4 = '/ip4/0.0.0.0/tcp/0'
const v6 = '/ip6/::/tcp/0'

/** A host on which these addresses fail, for these reasons. */
function host(failures: Record<string, string>) {
  const heard: string[] = []
  const listen = async ([address]: { toString(): string }[]) => {
    const why = failures[`${address}`]
    if (why !== undefined) throw new Error(`Some configured addresses failed to be listened on: ${why}`)
    heard.push(`${address}`)
  }
  return { heard, parts: { transportManager: { listen } } as unknown as NodeParts }
}

test.each([v4, v6])('a host without the family of %s listens on the other', async (missing) => {
  for (const why of ['listen EAFNOSUPPORT: address family not supported', 'listen EADDRNOTAVAIL: address not available']) {
    const { heard, parts } = host({ [missing]: why })
    await listenOn(parts, [v4, v6])
    expect(heard).toEqual([v4, v6].filter((address) => address !== missing))
  }
})

test('a host with neither is told so, as is one where nothing else stands', async () => {
  await expect(listenOn(host({ [v4]: 'EAFNOSUPPORT', [v6]: 'EAFNOSUPPORT' }).parts, [v4, v6])).rejects.toThrow('EAFNOSUPPORT')
  await expect(listenOn(host({ [v6]: 'EAFNOSUPPORT' }).parts, [v6])).rejects.toThrow('EAFNOSUPPORT')
})

test('a port that is taken is an error in either family', async () => {
  await expect(listenOn(host({ [v6]: 'EADDRINUSE' }).parts, [v4, v6])).rejects.toThrow('EADDRINUSE')
})

test("an address that is nobody's here is an error, unless every host of its family has it", () => {
  expect(lacksFamily('/ip4/192.0.2.1/tcp/1', 'EADDRNOTAVAIL')).toBe(false)
  expect(lacksFamily('/ip6/2001:db8::1/tcp/1', 'EADDRNOTAVAIL')).toBe(false)
  expect(lacksFamily('/ip6/::1/tcp/1', 'EADDRNOTAVAIL')).toBe(true)
  expect(lacksFamily('/ip6/2001:db8::1/tcp/1', 'EAFNOSUPPORT')).toBe(true)
})
