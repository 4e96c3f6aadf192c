/**
 * What a consumer has confirmed of a stream, and whether another entry may follow.
 *
 * Where only the newest entry is wanted, one that waits in a buffer on the way is old when it arrives. So no more is sent than was confirmed in the smallest
 * round trip and {@link unconfirmedMs}, but always two entries: with less a consumer far away would get one for each round trip.
 */
import type { Clock } from '@auki/canonical'
import { CodecError } from '../protocols/codec-errors.ts'
import { FrameReader } from '../protocols/frame.ts'
import { streamConfirmationMs } from '../protocols/limits.ts'
import { confirmationFrames, readConfirmation } from '../protocols/stream-confirmation.ts'
import { flightRules } from '../swarm/node-limits.ts'
import { Flight } from '../swarm/turns/flight.ts'

const unconfirmedMs = 100
const entriesMin = 2n
/** Confirmations beyond one per entry and per `streamConfirmationMs`, since some may come at once. */
const extraMax = 64

export class Confirmed {
  /** Called after every confirmation. */
  onChange: () => void = () => {}
  readonly #timers: Clock
  readonly #reader = new FrameReader(confirmationFrames)
  readonly #flight = new Flight({ ...flightRules, queueMs: unconfirmedMs })
  readonly #beganMs: number
  #sent = 0n
  #confirmed = 0n
  #frames = 0

  constructor(timers: Clock) {
    this.#timers = timers
    this.#beganMs = timers.monoMs()
  }

  /** Whether another entry may be begun. */
  get hasRoom(): boolean {
    return this.#sent - this.#confirmed < entriesMin || this.#flight.hasRoom(this.#timers.monoMs())
  }

  /** So many bytes were written; `entries` of the stream are begun by now. */
  sent(bytes: number, entries: bigint): void {
    this.#sent = entries
    this.#flight.sent(bytes)
    this.#flight.mark(Number(entries), this.#timers.monoMs())
  }

  /** Takes bytes that the consumer wrote. @throws CodecError for what is no confirmation of this stream, and for more of them than there is reason for. */
  push(bytes: Uint8Array): void {
    this.#reader.push(bytes)
    let isNew = false
    for (let payload = this.#reader.next(); payload !== undefined; payload = this.#reader.next()) {
      this.#count()
      this.#confirmed = readConfirmation(payload, this.#confirmed, this.#sent)
      isNew = true
    }
    if (!isNew) return
    this.#flight.answered(Number(this.#confirmed), this.#timers.monoMs())
    this.onChange()
  }

  #count(): void {
    this.#frames += 1
    const dueMax = Number(this.#sent) + (this.#timers.monoMs() - this.#beganMs) / streamConfirmationMs
    if (this.#frames > dueMax + extraMax) throw new CodecError('decode', 'it confirms more often than it takes entries')
  }
}
