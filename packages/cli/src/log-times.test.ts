import { ConvertTimeError } from '@auki/domain'
import type { ConvertedTime } from '@auki/time'
import { expect, test } from 'vitest'
import { LogTimes } from './log-times.ts'

const noPath = new ConvertTimeError('no-path', 'nothing connects them')
const never = new AbortController().signal

/** A subscription to a log whose clock's offset to the domain clock is as given; `undefined`: not known. */
function subscription(offsetNs: () => bigint | undefined) {
  return {
    toDomainTime: ({ timestampNs }: { timestampNs: bigint }): ConvertedTime => {
      const offset = offsetNs()
      if (offset === undefined) throw noPath
      return { timeNs: timestampNs + offset, offsetNs: offset, uncertaintyNs: 0n, ageNs: 0n, path: [] }
    }
  }
}

async function known(offsetNs: () => bigint | undefined): Promise<LogTimes> {
  const times = await LogTimes.of(subscription(offsetNs), never)
  if (!(times instanceof LogTimes)) throw times
  return times
}

test('an entry is where domain time says it was', async () => {
  const times = await known(() => 5n)
  expect(times.at(100n)).toBe(105n)
  expect(times.at(-100n)).toBe(-95n)
})

test('a clock that is measured only now is waited for', async () => {
  const offsets = [undefined, undefined, 7n]
  expect((await known(() => (offsets.length > 1 ? offsets.shift() : offsets[0]))).at(1n)).toBe(8n)
})

test('an entry that cannot be converted is as far off as the one before', async () => {
  const offsets: (bigint | undefined)[] = [5n, 6n, undefined, 7n]
  const times = await known(() => offsets.shift())
  expect([times.at(100n), times.at(200n), times.at(300n)]).toEqual([106n, 206n, 307n])
})

test('a clock that nobody can measure is given up', async () => {
  expect(
    await LogTimes.of(
      subscription(() => undefined),
      never
    )
  ).toBe(noPath)
})

test('who is told to stop waits no longer', async () => {
  await expect(
    LogTimes.of(
      subscription(() => undefined),
      AbortSignal.abort()
    )
  ).rejects.toThrow('aborted')
})
