import { slowReaderCompliance } from '@auki/testkit'
import { describe, test } from 'vitest'
import { pausingWindowBytesMax, startLibp2p2, startLibp2p3, startPausingLibp2p3 } from './slow-others.ts'
import { framesFrom, streamFrom, streamTo } from './slow-paths.ts'

const libp2p2WindowBytesMax = 16 * 1_048_576

const paths = {
  'a stream of a libp2p 3 node': streamFrom(startLibp2p3),
  'a stream of a libp2p 2 node': streamFrom(startLibp2p2),
  'requests and answers of a libp2p 2 node': framesFrom(startLibp2p2),
  // What it has kept, and the window that it gives before that is taken.
  'a stream of ours, read by a libp2p 3 node': streamTo(startPausingLibp2p3, 2 * pausingWindowBytesMax),
  'a stream of ours, read by a libp2p 2 node': streamTo(startLibp2p2, libp2p2WindowBytesMax)
}

describe.each(Object.entries(paths))('%s', (_, path) => slowReaderCompliance({ describe, test }, path))
