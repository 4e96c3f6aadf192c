import { expect, test } from 'vitest'
import { Camera, open, pair, serve } from './support.ts'

/** More than a producer lets a peer have unread at a time (8), and as many as it serves a peer (64). */
test.each([13, 64])('%i streams that are opened at once to one peer all open', async (count) => {
  const both = await pair(() => serve(new Camera()))
  const opened = await Promise.allSettled(Array.from({ length: count }, () => open(both)))
  expect(opened.map(({ status }) => status)).toEqual(Array(count).fill('fulfilled'))
  expect(both.producer.runtime.outboundStreams()).toHaveLength(count)
})
