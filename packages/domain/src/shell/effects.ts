/** What performs an effect, and what posts what came of it. */
import type { Effect, Event } from '../core/index.ts'

export type EffectType = Effect['type']
export type EffectOf<T extends EffectType> = Extract<Effect, { type: T }>

/** Starts the work and returns; what comes of it is posted as an event. */
export type Performers<T extends EffectType = EffectType> = { readonly [K in T]: (effect: EffectOf<K>) => void }

export type Post = (event: Event) => void
