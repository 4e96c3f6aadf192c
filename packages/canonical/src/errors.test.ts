import { describe, expect, expectTypeOf, test } from 'vitest'
import { AukiError, assertNever, reasonOf } from './index.ts'

class RainError extends AukiError<'too-wet' | 'too-dry'> {
  override readonly name = 'RainError'
}

describe('AukiError', () => {
  test('carries code, details, cause and the name of its class', () => {
    const cause = new Error('clouds')
    const error = new RainError('too-wet', 'the field is under water: wait', { depthNs: 1733836800123456789n }, { cause })
    expect(error).toBeInstanceOf(AukiError)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'RainError', code: 'too-wet', message: 'the field is under water: wait', cause })
    expect(error.details).toEqual({ depthNs: 1733836800123456789n })
    expectTypeOf(error.code).toEqualTypeOf<'too-wet' | 'too-dry'>()
  })

  test('details default to none', () => {
    expect(new RainError('too-dry', 'no rain').details).toEqual({})
  })
})

test('reasonOf has a text for whatever was thrown', () => {
  expect(reasonOf(new RainError('too-dry', 'no rain'))).toBe('no rain')
  expect([reasonOf('a text'), reasonOf(7), reasonOf(undefined), reasonOf(null)]).toEqual(['a text', '7', 'undefined', 'null'])
})

test('assertNever names the case that is missing', () => {
  expect(() => assertNever({ kind: 'hail' } as never)).toThrow('hail')
  expect(() => assertNever({ type: 'snow' } as never)).toThrow('snow')
  expect(() => assertNever('sleet' as never)).toThrow('sleet')
  expect(() => assertNever(undefined as never)).toThrow('undefined')
})
