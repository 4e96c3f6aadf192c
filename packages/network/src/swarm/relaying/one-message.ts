/** Reading and writing the short messages before a relayed connection carries data. */
import { abortable } from '@auki/canonical'
import type { Substream } from '../../exchange/substream.ts'
import { relayMessageBytesMax } from '../../protocols/limits.ts'
import { varint32Bytes, writeVarint32 } from '../../protocols/varint.ts'

/** A message, and what came behind it. */
export interface Received {
  readonly payload: Uint8Array
  readonly rest: Uint8Array
}

/** @throws Error when it is too long or the substream ends before; `signal.reason` */
export async function readMessage(substream: Substream, signal: AbortSignal): Promise<Received> {
  let bytes: Uint8Array = new Uint8Array(0)
  const { promise, resolve, reject } = Promise.withResolvers<Received>()
  const stop = substream.listen({
    chunk: (chunk) => {
      const joined = new Uint8Array(bytes.length + chunk.length)
      joined.set(bytes)
      joined.set(chunk, bytes.length)
      bytes = joined
      try {
        const message = messageIn(bytes)
        if (message === undefined) return
        stop()
        resolve(message)
      } catch (error) {
        stop()
        reject(error as Error)
      }
    },
    end: (error) => reject(error ?? new Error('it ended before it had said anything'))
  })
  try {
    return await abortable(promise, signal)
  } finally {
    stop()
  }
}

export function writeMessage(substream: Substream, payload: Uint8Array, signal: AbortSignal): Promise<void> {
  const bytes = new Uint8Array(varint32Bytes(payload.length) + payload.length)
  bytes.set(payload, writeVarint32(bytes, 0, payload.length))
  return substream.write(bytes, signal)
}

function messageIn(bytes: Uint8Array): Received | undefined {
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    length += (bytes[at]! & 0x7f) * 2 ** (7 * at)
    if (at > 3 || length > relayMessageBytesMax) throw new Error('a message to a relay is too long')
    if (bytes[at]! > 0x7f) continue
    const from = at + 1
    if (bytes.length < from + length) return undefined
    return { payload: bytes.subarray(from, from + length), rest: bytes.subarray(from + length) }
  }
  return undefined
}
