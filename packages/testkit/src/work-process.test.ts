import { expect, test } from 'vitest'
import { playMutant } from './sim/index.ts'

test('a program that fails says why', async () => {
  const mutant = { name: 'm', story: '', file: 'lease.ts', find: 'no such text', replace: '' }
  await expect(playMutant(mutant, '')).rejects.toThrow(
    /scenario-worker.ts ended with 1: [\s\S]*the mutant m looks for a text that lease.ts has 0 times/
  )
})
