/** The same stories under the reference's rules and under ours: what went wrong there goes right here. */
import * as core from '@auki/domain/core'
import { playScenario } from '@auki/testkit/sim'
import { describe, expect, test } from 'vitest'

interface Gap {
  readonly gap: string
  /** What happens to a (the Manager), b, c and d. */
  readonly story: readonly string[]
  /** Who says to be Manager at the end, under the reference's rules. */
  readonly theirs: readonly string[]
  readonly ours: readonly string[]
}

const gaps: readonly Gap[] = [
  {
    gap: 'a Manager that everybody lost keeps the role beside its successor',
    story: ['isolate a for 16s', 'advance 15s', 'show'],
    theirs: ['a', 'b'],
    ours: ['b']
  },
  {
    gap: 'a Manager without Discovery keeps the role, and nobody takes over the row that was swept',
    story: ['cut a -> discovery for 12s', 'advance 9s', 'show'],
    theirs: ['a'],
    ours: ['b']
  },
  {
    gap: 'a Manager that leaves says nothing: nobody manages until it is missed',
    story: ['leave a', 'advance 1s', 'show'],
    theirs: [],
    ours: ['b']
  },
  {
    gap: 'a Manager that was frozen goes on as if nothing had happened, and its members have gone different ways',
    story: ['freeze a for 8s', 'advance 8100ms', 'show'],
    theirs: ['a'],
    ours: ['b']
  }
]

/** Who says to be Manager, whom each of the others follows, and whether a rule of ours broke. */
function outcome(story: readonly string[], mark: '' | '~') {
  const peers = ['a', 'b', 'c', 'd'].map((name) => `${name}${mark}`).join(' ')
  const told = playScenario(core, ['world lan', `peers ${peers}`, '----', '', ...story, '----', ''].join('\n'))
  const shown = [...told.matchAll(/^ *\d+ (\w) +is (\w+), Manager (\w+), members (.*)$/gm)]
  return {
    managers: shown.filter(([, , role]) => role === 'manager').map(([, name]) => name),
    followed: new Set(shown.filter(([, , role]) => role === 'follower').map(([, , , manager]) => manager)),
    broken: told.includes('BROKEN')
  }
}

describe.each(gaps)('$gap', ({ story, theirs, ours }) => {
  test('under the reference’s rules', () => {
    expect(outcome(story, '~').managers).toEqual(theirs)
  })

  test('not under ours: one Manager, whom all others follow', () => {
    const { managers, followed, broken } = outcome(story, '')
    expect(managers).toEqual(ours)
    expect([...followed]).toEqual(ours)
    expect(broken).toBe(false)
  })
})
