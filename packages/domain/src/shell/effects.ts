/** The table of performers, one per type of effect; the compiler finds a missing one. */
import type { Effect, Event } from '../core/index.ts'

export type EffectType = Effect['type']
export type EffectOf<T extends EffectType> = Extract<Effect, { type: T }>

/** Starts the work and returns; what comes of it is posted as an event. */
export type Performers<T extends EffectType = EffectType> = { readonly [K in T]: (effect: EffectOf<K>) => void }

export type Post = (event: Event) => void

export function performWith(performers: Performers): (effect: Effect) => void {
  return (effect) => (performers[effect.type] as (effect: Effect) => void)(effect)
}
