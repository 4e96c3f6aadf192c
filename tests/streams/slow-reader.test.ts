import { slowReaderCompliance } from '@auki/testkit'
import { describe, test } from 'vitest'
import { startLibp2p3 } from './slow-others.ts'
import { carrierFrom, framesFrom, logStream, sourceStream } from './slow-paths.ts'

const paths = {
  'a stream of an app': sourceStream,
  'a log from its start': logStream,
  'requests and answers': framesFrom(startLibp2p3),
  'a heartbeat carrier': carrierFrom(startLibp2p3)
}

describe.each(Object.entries(paths))('%s', (_, path) => slowReaderCompliance({ describe, test }, path))
