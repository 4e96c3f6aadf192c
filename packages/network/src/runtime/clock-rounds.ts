/**
 * Reading a peer's clock several times in a row, over one substream (`/auki/clock/0.0.1`).
 *
 * Both sides answer within the event in which a frame arrived: a promise in between would add the wait for other work to the measured path. The first rounds
 * are slow, because their code has not run for a while; therefore there are more.
 *
 * Over a long path a row does not fit into the time that both sides give it: then it is shorter, and whatever came of it counts.
 */
import { toError } from '@auki/canonical'
import { type ClockSample, ntpSample } from '@auki/time'
import type { RuntimeEnv } from '../exchange/env.ts'
import { ResetError } from '../exchange/exchange-errors.ts'
import type { Substream } from '../exchange/substream.ts'
import * as clock from '../protocols/clock.ts'
import { CodecError, decodeError } from '../protocols/codec-errors.ts'
import { FrameReader } from '../protocols/frame.ts'
import { arrivalOn } from '../swarm/turns/arrival.ts'
import type { ClockRounds, HeartbeatSource } from './peer-runtime.ts'

/** Answers until the peer ends its side. Rejects when the substream is reset, and for more than `questionsMax` questions. */
export function answerRounds(substream: Substream, source: HeartbeatSource, questionsMax: number): Promise<void> {
  const name = clock.encodeName(source)
  let left = questionsMax
  const { done } = eachFrame(
    substream,
    (receivedAtNs, payload) => {
      if (payload.length > 0) throw new ResetError('a question about a clock has no content')
      if (left-- === 0) throw new ResetError(`more than ${questionsMax} questions about a clock`)
      substream.send([clock.answer(name, receivedAtNs, () => source.nowNs())])
      return false
    },
    source
  )
  return done
}

/** A row of questions; `env` has the limit of its time. */
export interface AskedRounds {
  readonly rounds: number
  readonly env: Pick<RuntimeEnv, 'timers' | 'limits'>
}

/**
 * Asks so many times, or as often as there is time for, at least until the first answer; returns the best samples. A substream that is cut meanwhile ends
 * the row early. Rejects with a CodecError for an answer that can't be read, and when the substream ends before the first.
 */
export async function askRounds(substream: Substream, source: HeartbeatSource, { rounds, env }: AskedRounds): Promise<ClockRounds> {
  let sentAtNs = 0n
  const ask = (): void => {
    sentAtNs = source.nowNs()
    substream.send([clock.question])
  }
  const samples: ClockSample[] = []
  let name: clock.ClockName | undefined
  let left = rounds
  let late = false
  const row = eachFrame(
    substream,
    (receivedAtNs, payload) => {
      const { clockId, clockHash, receivedAtClockNs, sentAtClockNs } = clock.decodeAnswer(payload)
      name ??= { clockId, clockHash }
      if (name.clockId !== clockId || name.clockHash !== clockHash) throw decodeError('one clock was asked for, and two have answered')
      addSample(samples, [sentAtNs, receivedAtClockNs, sentAtClockNs, receivedAtNs, source.resolutionNs])
      left -= 1
      if (left === 0 || late) return true
      ask()
      return false
    },
    source
  )
  const stopWaiting = env.timers.after(rounds * env.limits.clockQuestionMs, () => {
    late = true
    if (left < rounds) row.finish()
  })
  ask()
  try {
    await row.done
  } catch (error) {
    if (name === undefined || error instanceof CodecError) throw error
  } finally {
    stopWaiting()
  }
  if (name === undefined) throw decodeError('the peer has ended without an answer')
  return { ...name, samples: sharpest(samples) }
}

function addSample(samples: ClockSample[], readings: Parameters<typeof ntpSample>): void {
  try {
    samples.push(ntpSample(...readings))
  } catch {
    // Readings that contradict each other (an answer before its question) are no sample.
  }
}

/**
 * The two samples that bound the offset best.
 *
 * A sample says that the true offset lies within half its uncertainty of `offset`. The upper bound is too high by the time that the question travelled, the
 * lower bound too low by the time that the answer did. So the lowest upper bound comes from the fastest question, the highest lower bound from the fastest
 * answer, and no other sample narrows what these two leave.
 */
function sharpest(samples: readonly ClockSample[]): ClockSample[] {
  const out = least(samples, ({ offsetNs, uncertaintyNs }) => 2n * offsetNs + uncertaintyNs)
  const back = least(samples, ({ offsetNs, uncertaintyNs }) => uncertaintyNs - 2n * offsetNs)
  return samples.filter((sample) => sample === out || sample === back)
}

function least<T>(all: readonly T[], measure: (one: T) => bigint): T | undefined {
  return all.reduce<T | undefined>((best, one) => (best === undefined || measure(one) < measure(best) ? one : best), undefined)
}

/** Hands over each frame with the reading of our clock when it arrived, until `take` returns true, the peer ends its side, or `finish` is called. */
function eachFrame(
  substream: Substream,
  take: (receivedAtNs: bigint, payload: Uint8Array) => boolean,
  source: Pick<HeartbeatSource, 'nowNs'>
): { readonly done: Promise<void>; finish(): void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const reader = new FrameReader(clock.protocol.frames)
  const unlisten = substream.listen({
    chunk: (bytes) => {
      const receivedAtNs = arrivalOn(() => source.nowNs())
      try {
        reader.push(bytes)
        for (let payload = reader.next(); payload !== undefined; payload = reader.next()) if (take(receivedAtNs, payload)) return finish()
      } catch (error) {
        unlisten()
        reject(toError(error))
      }
    },
    end: (error) => {
      if (error !== undefined) return reject(error)
      try {
        reader.end()
        resolve()
      } catch (truncated) {
        reject(toError(truncated))
      }
    }
  })
  const finish = (): void => {
    unlisten()
    resolve()
  }
  return { done: promise, finish }
}
