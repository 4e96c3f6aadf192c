/** Attackers that need no node: a socket that speaks, or a request to Discovery. */
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { patienceMs } from './intruder.ts'

/** Connects, says this, and is gone with the first answer that follows the greeting, or when nobody takes it. */
export function speak(multiaddr: string, bytes: Uint8Array): Promise<void> {
  const [, , host, , port] = multiaddr.split('/')
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host!, port: Number(port) }, () => socket.write(bytes))
    const cut = setTimeout(() => socket.destroy(), patienceMs)
    let answered = 0
    socket.on('data', (data) => {
      answered += data.length
      if (answered > 64) socket.resetAndDestroy()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(cut)
      resolve()
    })
  })
}

/** One request at a time each, over connections that are kept; the answer is not looked at. */
export function poster(url: string, atOnce: number): (bytes: Uint8Array) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  return (bytes) =>
    new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
      const asked = request(`${url}/clusters`, { method: 'POST', agent, headers, timeout: patienceMs }, (answer) => {
        answer.resume().on('close', resolve)
      })
      asked.on('error', () => resolve()).on('timeout', () => asked.destroy())
      asked.end(bytes)
    })
}
