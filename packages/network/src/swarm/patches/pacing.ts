/**
 * A bound on the time that connected peers cost, below all protocols: it also holds for what no protocol is charged for (opening and resetting substreams,
 * pings, bytes).
 *
 *   members, all together                  20 ms of each turn of the event loop
 *   everybody else, handshakes included    10 ms of each turn
 *   a connection that is no member's       a fifth of all time
 *   a member's that opens substreams       half of all time
 *   a member's, over open substreams       all there is: the protocols bound it themselves, see `exchange/reading.ts`
 *
 * libp2p has no place for such a bound, so the muxer's `onData`, `onTransportClosed` and `onRemoteStream` are replaced, and `secureInbound` of the encrypter is
 * wrapped.
 *
 * Seen in @libp2p/yamux 8.0.3, libp2p 3.3.11; canary: canaries.test.ts, and what a flood leads to: pacing.test.ts.
 */
import { systemClock } from '@auki/canonical'
import type { ConnectionEncrypter, SecuredConnection, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { afterThis, nextTurn, nowMs } from '#turns'
import { framePace, pace } from '../node-limits.ts'
import { TimeDebt } from '../turns/time-debt.ts'
import { TurnShare } from '../turns/turn-share.ts'
import { freeAnswers, limitAnswers } from './answers.ts'
import { MuxerPings, notePings, type Pinging } from './muxer-pings.ts'
import { type Muxing, PacedFrames, type PacedTurns } from './paced-frames.ts'

const turns: PacedTurns = {
  ...{ nowMs, afterThis, nextTurn },
  after: systemClock.after
}

/** The bounds of one node. */
export class Pacing {
  readonly #members = new TurnShare(turns, pace.membersTurnMs)
  readonly #strangers = new TurnShare(turns, pace.strangersTurnMs)
  readonly #peers = new WeakMap<object, string>()
  #isMember: (peerId: string) => boolean = () => false

  /** How to tell a member; until this is called nobody is one. */
  follow(isMember: (peerId: string) => boolean): void {
    this.#isMember = isMember
  }

  /** The same encryption; an inbound handshake waits for the share of strangers, since it costs milliseconds and anybody may ask for one. */
  encrypter<C>(make: (components: C) => ConnectionEncrypter): (components: C) => ConnectionEncrypter {
    return (components) => {
      const secure = make(components)
      const { secureInbound, secureOutbound } = secure
      secure.secureInbound = async (connection, ...rest) => {
        freeAnswers(connection)
        await this.#turnOfAStranger()
        const secured = this.#note(await secureInbound.call(secure, connection, ...rest))
        limitAnswers(secured.connection)
        return secured as never
      }
      secure.secureOutbound = async (...args) => this.#note(await secureOutbound.apply(secure, args)) as never
      return secure
    }
  }

  #note<S extends SecuredConnection>(secured: S): S {
    this.#peers.set(secured.connection, secured.remotePeer.toString())
    return secured
  }

  #turnOfAStranger(): Promise<void> {
    return new Promise((resolve) => {
      this.#strangers.wait(() => {
        const begunMs = nowMs()
        afterThis(() => this.#strangers.spend(nowMs() - begunMs))
        resolve()
      })
    })
  }

  /** The same muxer, which handles frames only as far as its peer's share goes. */
  muxer<C>(make: (components: C) => StreamMuxerFactory): (components: C) => StreamMuxerFactory {
    return (components) => {
      const factory = make(components)
      const { createStreamMuxer } = factory
      factory.createStreamMuxer = (source) => {
        freeAnswers(source)
        return this.#pace(source, createStreamMuxer.call(factory, source))
      }
      return factory
    }
  }

  #pace(source: Parameters<StreamMuxerFactory['createStreamMuxer']>[0], muxer: StreamMuxer): StreamMuxer {
    const inside = muxer as unknown as Muxing & Pinging & { onRemoteStream(stream: object): void }
    const { onTransportClosed, onRemoteStream } = inside
    const pings = new MuxerPings(inside)
    notePings(muxer, pings)
    const asStranger = new TimeDebt(pace.strangerRestRatio, pace.strangerBurstMs)
    const asMember = new TimeDebt(pace.memberRestRatio, pace.memberBurstMs)
    const isStranger = () => source.direction === 'inbound' && !this.#isMember(this.#peers.get(source) ?? '')
    const sender = {
      share: () => (isStranger() ? this.#strangers : this.#members),
      charge: (tookMs: number, openings: number) => {
        const chargedMs = Math.min(tookMs, pace.chargeMaxMs)
        if (isStranger()) return asStranger.charge(chargedMs, nowMs())
        return openings > 0 ? asMember.charge(chargedMs, nowMs()) : 0
      }
    }
    const frames = new PacedFrames({ source, muxer: inside, sender, rules: framePace, turns })
    inside.onData = (bytes) => frames.take(bytes)
    inside.onTransportClosed = (error) => {
      frames.finish()
      onTransportClosed.call(inside, error)
    }
    inside.onRemoteStream = (stream) => {
      limitAnswers(stream)
      notePings(stream, pings)
      onRemoteStream.call(inside, stream)
    }
    return muxer
  }
}
