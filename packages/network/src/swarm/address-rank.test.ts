import { expect, test } from 'vitest'
import { cutAddresses, rankAddresses } from './address-rank.ts'

const id = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const relayed = `/ip4/192.0.2.9/tcp/1/p2p/${id}/p2p-circuit`
const at = (ip: string) => `/ip4/${ip}/tcp/4001`
const nothing = { routes: [], interfaces: [] }

test('the way to Discovery comes first, then others as they are, then relays, then bridges of containers', () => {
  const interfaces = [
    { name: 'docker0', ip: '172.17.0.1' },
    { name: 'br-0123456789ab', ip: '172.18.0.1' },
    { name: 'virbr0', ip: '192.168.122.1' },
    { name: 'eth0', ip: '10.0.0.5' },
    { name: 'br0', ip: '10.0.0.6' },
    { name: 'wlan0', ip: '2001:db8::7' }
  ]
  const addresses = ['172.17.0.1', '172.18.0.1', '192.168.122.1', '8.8.8.8', '10.0.0.5', '10.0.0.6'].map(at)
  const wlan = '/ip6/2001:DB8:0::7/tcp/4001'
  expect(rankAddresses([relayed, ...addresses, wlan], { routes: ['10.0.0.6', '2001:db8::7'], interfaces })).toEqual([
    at('10.0.0.6'),
    wlan,
    at('8.8.8.8'),
    at('10.0.0.5'),
    relayed,
    at('172.17.0.1'),
    at('172.18.0.1'),
    at('192.168.122.1')
  ])
})

test('inside a container its own address counts, whatever it looks like', () => {
  const interfaces = [{ name: 'eth0', ip: '172.17.0.2' }]
  expect(rankAddresses([relayed, at('172.17.0.2')], { routes: [], interfaces })).toEqual([at('172.17.0.2'), relayed])
})

test('a bridge through which Discovery is reached is no bridge', () => {
  const interfaces = [{ name: 'docker0', ip: '172.17.0.1' }]
  expect(rankAddresses([at('10.0.0.5'), at('172.17.0.1')], { routes: ['172.17.0.1'], interfaces })[0]).toBe(at('172.17.0.1'))
})

test('Discovery on this very machine says nothing', () => {
  expect(rankAddresses([at('10.0.0.5'), at('127.0.0.1')], { routes: ['127.0.0.1', '::1'], interfaces: [] })[0]).toBe(at('10.0.0.5'))
})

test('an address is told once', () => {
  expect(rankAddresses([at('10.0.0.5'), at('10.0.0.5')], nothing)).toEqual([at('10.0.0.5')])
  expect(cutAddresses(Array(40).fill(at('10.0.0.5')))).toEqual({ told: [at('10.0.0.5')], rest: [] })
})

const many = Array.from({ length: 40 }, (_, i) => at(`10.0.0.${i}`))

test('sixteen are told, a relayed one among them', () => {
  expect(cutAddresses(many)).toEqual({ told: many.slice(0, 16), rest: many.slice(16) })
  expect(cutAddresses([...many, relayed, `${relayed}/p2p/${id}`])).toMatchObject({ told: [...many.slice(0, 15), relayed] })
  expect(cutAddresses([relayed, ...many]).told).toEqual([relayed, ...many.slice(0, 15)])
})

test('one of more than 256 characters is not told', () => {
  const long = `/dns4/${'x'.repeat(250)}/tcp/1`
  expect(cutAddresses([long, at('10.0.0.1')])).toEqual({ told: [at('10.0.0.1')], rest: [long] })
  expect(cutAddresses([`/dns4/${'x'.repeat(244)}/tcp/1`]).told).toHaveLength(1)
})
