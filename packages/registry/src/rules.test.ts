import { describe, expect, test } from 'vitest'
import type { FrameAxes } from './entries.ts'
import { checkAxes, opengl, rosBody, rosOptical, unity } from './frames.ts'
import { checkRegistryId } from './id-rule.ts'
import { checkPath, isTemporary, registryPath } from './paths.ts'
import type { RegistryKind } from './refs.ts'

describe('ids', () => {
  test.each(['a', 'foo/bar', '..', '/etc', 'a\\b', 'a\0b', 'αβγ', 'a\uFEFFb', 'a\u200Bb', 'a\u180Eb', '🤖', "'", '<', '%'])(
    'accepts %j',
    (id) => {
      expect(() => checkRegistryId(id)).not.toThrow()
    }
  )

  test('refuses the empty id', () => {
    expect(() => checkRegistryId('')).toThrow(expect.objectContaining({ code: 'invalid-id', message: 'registry id is empty' }))
  })

  test.each([
    ['a>b', '>'],
    ['a@b', '@'],
    ['a b', ' '],
    ['a\tb', '\\t'],
    ['a\nb', '\\n'],
    ['a\rb', '\\r'],
    ['a\vb', '\\u{b}'],
    ['a\fb', '\\u{c}'],
    ['a\u0085b', '\\u{85}'],
    ['a\u1680b', '\\u{1680}'],
    ['a\u2028b', '\\u{2028}'],
    ['a\u205Fb', '\\u{205f}'],
    ['@ first counts >', '@']
  ])('refuses %j', (id, printed) => {
    const message = `registry id contains disallowed character '${printed}'`
    expect(() => checkRegistryId(id)).toThrow(expect.objectContaining({ code: 'invalid-id', message }))
  })
})

describe('axes', () => {
  test.each([rosBody, rosOptical, opengl, unity])('the presets are valid: %j', ({ axes }) => {
    expect(() => checkAxes(axes)).not.toThrow()
  })

  test('of all combinations 48 are valid', () => {
    const directions = ['forward', 'backward', 'up', 'down', 'left', 'right'] as const
    const all = directions.flatMap((x) => directions.flatMap((y) => directions.map((z) => ({ x, y, z }))))
    const valid = (axes: FrameAxes) => {
      try {
        checkAxes(axes)
        return true
      } catch {
        return false
      }
    }
    expect(all.filter(valid)).toHaveLength(6 * 4 * 2)
  })

  test('says what is wrong', () => {
    expect(() => checkAxes({ x: 'up', y: 'left', z: 'down' })).toThrow(/^invalid axes: x up, y left, z down must/)
  })
})

describe('paths', () => {
  const hash = '476d36916dd2c96f09ea57304d0da334'

  test.each(['a', 'a/b.c', 'a->b', '...', 'a/..b', ' ', 'ab:c', '1:x', 'a/C:'])('accepts %j', (path) => {
    expect(checkPath(path)).toBe(path)
  })

  test('says what it refused and why', () => {
    expect(() => checkPath('a/../b')).toThrow(
      expect.objectContaining({ code: 'invalid-path', details: { path: 'a/../b', reason: 'it has the segment ".."' } })
    )
  })

  test.each<[RegistryKind, string]>([
    ['sensor', 'sensors'],
    ['clock', 'clocks'],
    ['frame', 'frames'],
    ['detector', 'detectors']
  ])('a %s is filed under %s', (kind, directory) => {
    expect(registryPath(kind, { peerId: 'p/q', id: 'a/b/c', hash })).toBe(`registries/${directory}/p__q/a__b__c/${hash}.json`)
  })

  test.each(['', '..', '.', 'a\\b', 'a\0'])('the id %j is no path segment', (id) => {
    expect(() => registryPath('frame', { peerId: 'p', id, hash })).toThrow(expect.objectContaining({ code: 'invalid-path' }))
    expect(() => registryPath('frame', { peerId: id, id: 'f', hash })).toThrow(expect.objectContaining({ code: 'invalid-path' }))
  })

  test('an id of more than 255 bytes is no path segment, also where only its `/` make it so long', () => {
    const filed = (id: string) => registryPath('frame', { peerId: 'p', id, hash })
    for (const id of ['a'.repeat(255), 'é'.repeat(127), 'a/'.repeat(85).slice(0, -1)]) expect(filed(id)).toContain(hash)
    for (const id of ['a'.repeat(256), 'é'.repeat(128), '/'.repeat(128)]) {
      expect(() => filed(id)).toThrow(expect.objectContaining({ code: 'invalid-path', message: expect.stringContaining('at most 255') }))
    }
  })

  test.each(['', hash.toUpperCase(), hash.slice(1), `${hash}0`, `../${hash}`, `${hash}\n`])('the hash %j is none', (bad) => {
    expect(() => registryPath('frame', { peerId: 'p', id: 'f', hash: bad })).toThrow(
      expect.objectContaining({ code: 'invalid-hash', details: { hash: bad } })
    )
  })

  test('knows the names of unfinished writes', () => {
    expect(['.a.tmp', 'd/.manifest.json.tmp', '..tmp'].filter(isTemporary)).toEqual(['.a.tmp', 'd/.manifest.json.tmp', '..tmp'])
    expect(['a.tmp', '.d/a.tmp', '.tmp', '.a.tmp/b', '.a'].filter(isTemporary)).toEqual([])
  })
})
