import { expect, test } from 'vitest'
import type { BootstrapInit } from './config.ts'
import { warnOfOpenAdmission } from './open-admission.ts'

function warnings(listen: readonly string[], more: Partial<BootstrapInit> = {}): string[] {
  const logged: string[] = []
  warnOfOpenAdmission({ ...more, log: (level, text) => logged.push(`${level} ${text}`) } as BootstrapInit, listen)
  return logged
}

const lan = '/ip4/192.168.1.7/tcp/4001'

test.each([[[lan]], [['/ip4/127.0.0.1/tcp/1', '/ip6/2001:db8::1/tcp/1']], [['/dns4/relay.example/tcp/1/p2p/x/p2p-circuit']]])(
  'who listens at %j without a gate is warned once, with what to do',
  (listen) => {
    expect(warnings(listen)).toEqual([expect.stringMatching(/^warn everybody who can reach .* may join .*: set admitGate/)])
  }
)

test('who is reached from this machine only, has a gate, or can never be Manager is not', () => {
  expect(warnings([])).toEqual([])
  expect(warnings(['/ip4/127.0.0.1/tcp/1', '/ip6/::1/tcp/1', '/ip4/127.1.2.3/tcp/1'])).toEqual([])
  expect(warnings([lan], { admitGate: { check: () => ({ ok: true }) } })).toEqual([])
  expect(warnings([lan], { observer: true })).toEqual([])
})
