import { Socket } from 'node:net'
import type { Stream } from '@libp2p/interface'

/** Bytes that this process has handed to its sockets and they have not written yet. */
export function socketBytes(): number {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles()
  return handles.reduce<number>((sum, handle) => sum + (handle instanceof Socket ? handle.writableLength : 0), 0)
}

const watched = new WeakMap<Stream, () => number>()

/** The most that a substream has held back since it was first looked at; seen after every `send`, not now and then. */
export function queuedMax(stream: Stream): number {
  let max = watched.get(stream)
  if (max === undefined) {
    let most = stream.writeBufferLength
    const { send } = stream
    stream.send = (data) => {
      const takesMore = send.call(stream, data)
      most = Math.max(most, stream.writeBufferLength)
      return takesMore
    }
    max = () => most
    watched.set(stream, max)
  }
  return max()
}
