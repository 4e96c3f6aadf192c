/** Frames and catalog rows that the reference pins, both ways. */
import { createHash } from 'node:crypto'
import { canonicalText, parseJson } from '@auki/canonical'
import { describe, expect, it } from 'vitest'
import { encodeFrame, FrameReader, heartbeat, info, join, leave, resources } from './index.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const framed = (payload: Uint8Array) => hex(encodeFrame(payload, 2 ** 20))

function unframed(frame: string): Uint8Array {
  const reader = new FrameReader({ capBytes: 2 ** 20, allowEmpty: true })
  reader.push(Buffer.from(frame, 'hex'))
  return reader.next()!
}

const joinRequest =
  '000000400a1a2f6970342f3139322e3136382e312e31302f7463702f343030310a222f6970342f3139322e3136382e312e31302f7564702f343030312f717569632d7631'
const joinAccept = '0000002b0a290a217b22636c75737465725f6e616d65223a22666f6f222c227065657273223a5b5d7d1204deadbeef'
const joinReject = '0000001312110a0f6e6f7420746865206d616e61676572'

describe('golden frames', () => {
  it('join request', () => {
    const multiaddrs = ['/ip4/192.168.1.10/tcp/4001', '/ip4/192.168.1.10/udp/4001/quic-v1']
    const request = { multiaddrs, authorization: '', observer: false }
    expect(framed(join.encodeRequest(request))).toBe(joinRequest)
    expect(join.decodeRequest(unframed(joinRequest))).toEqual({ request, form: 'protobuf' })
  })

  it('join accept', () => {
    const membershipJson = '{"cluster_name":"foo","peers":[]}'
    const accept = { kind: 'accept', membershipJson, successorToken: Uint8Array.of(0xde, 0xad, 0xbe, 0xef) } as const
    expect(framed(join.encodeResponse(accept))).toBe(joinAccept)
    const { successorToken, ...rest } = join.decodeResponse(unframed(joinAccept)) as typeof accept
    expect({ ...rest, successorToken: Uint8Array.from(successorToken) }).toEqual(accept)
  })

  it('join reject', () => {
    const reject = { kind: 'reject', reason: 'not the manager' } as const
    expect(framed(join.encodeResponse(reject))).toBe(joinReject)
    expect(join.decodeResponse(unframed(joinReject))).toEqual(reject)
  })

  it('the empty messages of info and leave', () => {
    const empty = '00000000'
    expect([info.encodeRequest(), leave.encodeRequest(), leave.encodeResponse()].map(framed)).toEqual([empty, empty, empty])
    expect(info.decodeRequest(unframed(empty))).toEqual({ form: 'protobuf' })
    expect(() => leave.decodeRequest(unframed(empty))).not.toThrow()
    expect(() => leave.decodeResponse(unframed(empty))).not.toThrow()
  })

  it('info response', () => {
    expect(framed(info.encodeEnvelope('abc'))).toBe('000000050a03616263')
    expect(info.decodeEnvelope(unframed('000000050a03616263'))).toBe('abc')
  })
})

describe('golden heartbeats', () => {
  const beat = {
    sentAtUnixNs: 1715423400000000000n,
    clockId: '12D3KooWPeerExample/session-123/monotonic',
    clockHash: 'abc123',
    sequence: 7n,
    sentAtClockNs: 10000n
  }
  const plain =
    '{"sent_at_unix_ns":1715423400000000000,"clock_id":"12D3KooWPeerExample/session-123/monotonic","clock_hash":"abc123","sequence":7,"sent_at_clock_ns":10000}'
  const echoing = `${plain.slice(0, -1)},"echo":{"sequence":6,"received_at_clock_ns":20000}}`
  it.each([
    ['plain', '0000009a', plain, beat],
    ['with an echo', '000000cd', echoing, { ...beat, echo: { sequence: 6n, receivedAtClockNs: 20000n } }]
  ] as const)('%s', (_name, prefix, text, frame) => {
    expect(framed(heartbeat.encode(frame))).toBe(prefix + hex(Buffer.from(text)))
    expect(heartbeat.decode(Buffer.from(text))).toEqual(frame)
  })
})

/** Canonical text; length and SHA-256 are of it and one newline. */
const rows = [
  {
    name: 'camera, live, rolling',
    bytes: 575,
    sha256: 'c978bab1fbbae12d4ec781e0adf2aa3fe7e0476ec8daf637751c685de8af3e44',
    text: '{"available":{"bytes":3000000000,"duration_ns":5000000000,"entries":900},"head":{"kind":"rolling","retention_ns":5000000000},"manifest":{"clock":{"hash":"fb0120a35f4fd1de8a7d46f5e76b7f68","id":"session/sdk_clock","peer_id":"galbot"},"frame":{"hash":"3055a8ac27eecd57aa37235b05871c01","id":"head_left_camera_optical","peer_id":"galbot"}},"resource_id":"head_left_rgb","sensor":{"kind":"camera","sensor_hash":"8295922307fa2b426453486ba87a59ef","sensor_id":"head_left_rgb","type":"rgb"},"source_peer_id":"galbot","state":"live","variant":"sensor_log","writer_peer_id":"galbot"}'
  },
  {
    name: 'camera, sealed, integers above 2^53',
    bytes: 619,
    sha256: '126cbb87b5e9db98dd1f25b5b7e6d093b031fb298573026adcfc9462d09dad2a',
    text: '{"available":{"bytes":864000000000,"duration_ns":86400000000000,"entries":2592000},"extent":{"finish_at_ns":1733836800000000000,"start_at_ns":1733750400000000000},"manifest":{"clock":{"hash":"fb0120a35f4fd1de8a7d46f5e76b7f68","id":"session/sdk_clock","peer_id":"galbot"},"frame":{"hash":"3055a8ac27eecd57aa37235b05871c01","id":"head_left_camera_optical","peer_id":"galbot"}},"resource_id":"yesterday_capture","sensor":{"kind":"camera","sensor_hash":"8295922307fa2b426453486ba87a59ef","sensor_id":"head_left_rgb","type":"rgb"},"source_peer_id":"galbot","state":"sealed","variant":"sensor_log","writer_peer_id":"galbot"}'
  },
  {
    name: 'materialised copy, source ≠ writer',
    bytes: 579,
    sha256: '11b50fe8e5085698cd031e2ddd61007b3b9c8fceaf8f3a67272db000a2f5cd6e',
    text: '{"available":{"bytes":12000000000,"duration_ns":300000000000,"entries":9000},"head":{"kind":"rolling","retention_ns":300000000000},"manifest":{"clock":{"hash":"fb0120a35f4fd1de8a7d46f5e76b7f68","id":"session/sdk_clock","peer_id":"galbot"},"frame":{"hash":"3055a8ac27eecd57aa37235b05871c01","id":"head_left_camera_optical","peer_id":"galbot"}},"resource_id":"head_left_rgb","sensor":{"kind":"camera","sensor_hash":"8295922307fa2b426453486ba87a59ef","sensor_id":"head_left_rgb","type":"rgb"},"source_peer_id":"galbot","state":"live","variant":"sensor_log","writer_peer_id":"park"}'
  },
  {
    name: 'pose, rigid, sealed, zero rate',
    bytes: 624,
    sha256: 'b7b71b135da73b8de792685a9418b5b28e779d1cf397db14edaf27110fb9f5d8',
    text: '{"available":{"bytes":80,"duration_ns":0,"entries":1},"extent":{"finish_at_ns":1733836800000000000,"start_at_ns":1733836800000000000},"manifest":{"clock":{"hash":"fb0120a35f4fd1de8a7d46f5e76b7f68","id":"session/sdk_clock","peer_id":"galbot"},"expected_rate_hz":0,"from_frame":{"hash":"2cbe0d5894d3346daa167ecb077cce98","id":"world","peer_id":"park"},"source":{"kind":"manual"},"to_frame":{"hash":"16645bd8584e5ca5fa1030b439da92dc","id":"base_link","peer_id":"galbot"}},"pose":{"writer_mode":"rigid"},"resource_id":"world->base_link","source_peer_id":"galbot","state":"sealed","variant":"pose_log","writer_peer_id":"galbot"}'
  },
  {
    name: 'pose, movable, live, fixed head',
    bytes: 692,
    sha256: '890a2f51454e943d1e503fda7e5e2a0c8cb7d729f4fe157ab2a372f72324a661',
    text: '{"available":{"bytes":512000,"duration_ns":213000000000,"entries":6400},"head":{"kind":"fixed","started_at_ns":1733836800000000000},"manifest":{"clock":{"hash":"fb0120a35f4fd1de8a7d46f5e76b7f68","id":"session/sdk_clock","peer_id":"galbot"},"expected_rate_hz":30,"from_frame":{"hash":"2cbe0d5894d3346daa167ecb077cce98","id":"world","peer_id":"park"},"source":{"kind":"ros2_tf","publishers":["robot_state_publisher","tf_broadcaster"]},"to_frame":{"hash":"16645bd8584e5ca5fa1030b439da92dc","id":"left_gripper","peer_id":"galbot"}},"pose":{"writer_mode":"movable"},"resource_id":"left_gripper->object_pose","source_peer_id":"galbot","state":"live","variant":"pose_log","writer_peer_id":"galbot"}'
  },
  {
    name: 'time transform, live, rolling',
    bytes: 508,
    sha256: 'b87757d0fb58ed23765dbbef10e0725b1d5c38307d33bdafd9ed0b52f2de4c67',
    text: '{"available":{"bytes":4096,"duration_ns":60000000000,"entries":60},"head":{"kind":"rolling","retention_ns":60000000000},"manifest":{"from_clock":{"hash":"fb0120a35f4fd1de8a7d46f5e76b7f68","id":"session/sdk_clock","peer_id":"galbot"},"source":{"kind":"local_clock_read"},"to_clock":{"hash":"a149244453307763c261dc1759be5373","id":"wall_clock","peer_id":"galbot"}},"resource_id":"session/sdk_clock->wall_clock","source_peer_id":"galbot","state":"live","variant":"time_transform_log","writer_peer_id":"galbot"}'
  }
]

describe('golden catalog rows', () => {
  it.each(rows)('$name', ({ bytes, sha256, text }) => {
    const file = Buffer.from(`${text}\n`)
    expect([file.length, createHash('sha256').update(file).digest('hex')]).toEqual([bytes, sha256])
    const row = resources.decodeRow(parseJson(text, { integers: 'bigint' }))
    expect(canonicalText(resources.encodeRow(row))).toBe(text)
  })

  it('come back from a whole response', () => {
    const entries = rows.map(({ text }) => resources.decodeRow(parseJson(text, { integers: 'bigint' })))
    expect(resources.decodeResponse(resources.encodeResponse(entries))).toEqual({ resources: entries, skippedRows: 0 })
  })
})
