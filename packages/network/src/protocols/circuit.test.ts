import { expect, test } from 'vitest'
import {
  circuitStatus,
  decodeHopAnswer,
  decodeHopRequest,
  decodeStopStatus,
  encodeHopAnswer,
  encodeReserve,
  encodeStopConnect
} from './circuit.ts'

const bytes = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
const hex = (payload: Uint8Array) => Buffer.from(payload).toString('hex')

test('requests and answers are those of the published protocol', () => {
  expect(hex(encodeReserve())).toBe('0800')
  expect(decodeHopRequest(bytes('0800'))).toEqual({ type: 'reserve' })
  expect(decodeHopRequest(bytes('0801 1204 0a02 abcd'.replaceAll(' ', '')))).toEqual({ type: 'connect', peer: bytes('abcd') })
  expect(hex(encodeHopAnswer({ status: circuitStatus.ok }))).toBe('08022864')
  expect(hex(encodeHopAnswer({ status: circuitStatus.ok, limit: { duration: 120, bytes: 131_072n } }))).toBe(
    '08022206087810808008' + '2864'
  )
  expect(hex(encodeStopConnect(bytes('abcd'), undefined))).toBe('080012040a02abcd')
  expect(decodeStopStatus(bytes('08012064'))).toBe(100)
  const reservation = { expire: 1_800_000_000n, addresses: [bytes('047f000001')] }
  expect(decodeHopAnswer(encodeHopAnswer({ status: circuitStatus.ok, reservation }))).toEqual({ status: 100, reservation })
})

test.each(['', '08', '0801', '08011204', '0803', 'ff', '0801120f0a02abcd', '12040a02abcd', '080112ffffffff0f'])(
  '%j is no request, and no bug',
  (text) => {
    const read = () => decodeHopRequest(bytes(text))
    try {
      expect(read()).toEqual({ type: 'other' })
    } catch (error) {
      expect(error).toMatchObject({ name: 'CodecError', code: 'decode' })
    }
  }
)

test.each(['', '0800', '0802', '08021a02', '2864', 'ffffff'])('%j is no answer', (text) => {
  expect(() => decodeHopAnswer(bytes(text))).toThrow(expect.objectContaining({ name: 'CodecError' }))
  expect(() => decodeStopStatus(bytes(text))).toThrow(expect.objectContaining({ name: 'CodecError' }))
})

test('of the addresses of a relay the first ones are read', () => {
  const addresses = Array.from({ length: 100 }, (_, no) => bytes(`047f0000${no.toString(16).padStart(2, '0')}`))
  const answer = decodeHopAnswer(encodeHopAnswer({ status: 100, reservation: { expire: 1n, addresses } }))
  expect(answer.reservation?.addresses).toEqual(addresses.slice(0, 8))
})
