import type { Stream } from '@libp2p/interface'
import { Substream } from '../exchange/substream.ts'

/** A libp2p substream with nobody behind it: the test is the transport and the peer. */
export class FakeStream extends EventTarget {
  readonly sent: Uint8Array[] = []
  status = 'open'
  writeStatus = 'writable'
  remoteWriteStatus = 'writable'
  writableNeedsDrain = false
  resetWith: Error | undefined
  /** What the peer may send after an update, and what of that is left. */
  recvWindow = 262_144
  recvWindowCapacity = 262_144
  /** The transport takes nothing. */
  blocked = false
  #held: Uint8Array[] = []
  #unread: Uint8Array[] = []

  get substream(): Substream {
    return new Substream(this as unknown as Stream)
  }

  get writeBufferLength(): number {
    return this.#held.reduce((sum, { length }) => sum + length, 0)
  }

  get readBufferLength(): number {
    return this.#unread.reduce((sum, { length }) => sum + length, 0)
  }

  /** Like the real one it keeps nothing of what it was given: what it takes is encrypted. */
  send(given: { slice(): Uint8Array }): boolean {
    if (this.status !== 'open' || this.writeStatus !== 'writable') throw new Error('cannot write to a closed substream')
    const bytes = given.slice()
    if (this.blocked) {
      this.#held.push(bytes)
      this.writableNeedsDrain = true
    } else this.sent.push(bytes)
    return !this.blocked
  }

  /** The transport takes everything again. */
  unblock(): void {
    this.blocked = false
    this.sent.push(...this.#held.splice(0))
    this.writableNeedsDrain = false
    this.dispatchEvent(new Event('drain'))
    this.dispatchEvent(new Event('idle'))
  }

  /** The peer sends; like the real one, a frame that also ends the stream tells the end first. */
  receive(bytes: Uint8Array, { andEnd = false } = {}): void {
    if (bytes.length > this.recvWindowCapacity) throw new Error('the peer has sent more than its window')
    if (andEnd) this.remoteEnd()
    this.recvWindowCapacity -= bytes.length
    this.#unread.push(bytes)
    this.#deliver()
    this.sendWindowUpdate()
  }

  remoteEnd(): void {
    this.remoteWriteStatus = 'closed'
    this.dispatchEvent(new Event('remoteCloseWrite'))
  }

  remoteReset(): void {
    this.status = 'reset'
    this.remoteWriteStatus = 'closed'
    this.dispatchEvent(Object.assign(new Event('close'), { error: new Error('the peer reset it') }))
  }

  abort(error: Error): void {
    if (this.status !== 'open') return
    this.status = 'aborted'
    this.resetWith = error
    this.remoteWriteStatus = 'closed'
    this.#unread = []
    this.dispatchEvent(Object.assign(new Event('close'), { error }))
  }

  async close(): Promise<void> {
    this.writeStatus = 'closed'
    if (this.remoteWriteStatus !== 'closed') return
    this.status = 'closed'
    this.dispatchEvent(new Event('close'))
  }

  /** Tells the peer that it may fill its window again. */
  sendWindowUpdate(): void {
    this.recvWindowCapacity = this.recvWindow
  }

  #listening = 0

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    super.addEventListener(...args)
    if (args[0] !== 'message') return
    this.#listening++
    queueMicrotask(() => this.#deliver())
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    super.removeEventListener(...args)
    if (args[0] === 'message') this.#listening--
  }

  #deliver(): void {
    if (this.#listening === 0) return
    for (const data of this.#unread.splice(0)) this.dispatchEvent(Object.assign(new Event('message'), { data }))
  }
}
