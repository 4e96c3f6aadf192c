/**
 * The network of a chaos run: a proxy in front of every peer and of Discovery, whose links can be cut, each direction for itself.
 *
 * A cut link is silent: what was sent is held, a closed socket is not seen, a new connection stays pending, until the link is mended, as if packets had
 * been lost and sent again. Who dials is known by the address the connection comes from, see `dial-from.ts`.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'

/** `discovery` or the name of a peer. */
export type Place = string

/** The entry of a place, at a port of its own. */
export interface Gate {
  readonly port: number
  /** Where to pass connections on; until it is set they are refused. */
  target: number | undefined
  close(): void
}

export class Network {
  readonly #cut = new Set<string>()
  readonly #places = new Map<string, Place>()
  readonly #wires = new Set<Wire>()
  readonly #servers = new Set<Server>()

  /** An address for the connections that a new process at this place opens. */
  address(place: Place): string {
    const no = this.#places.size + 1
    const address = `127.77.${no >> 8}.${no & 0xff}`
    this.#places.set(address, place)
    return address
  }

  async gate(place: Place): Promise<Gate> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
    await promise
    this.#servers.add(server)
    const close = (): void => {
      this.#servers.delete(server)
      server.close()
    }
    const gate: Gate = { port: (server.address() as { port: number }).port, target: undefined, close }
    server.on('connection', (socket) => this.#accept(socket, place, gate))
    return gate
  }

  /** What `from` sends no longer arrives at `to`. */
  cut(from: Place, to: Place): void {
    this.#cut.add(link(from, to))
    this.#update()
  }

  mend(from: Place, to: Place): void {
    this.#cut.delete(link(from, to))
    this.#update()
  }

  /** Ends everything. */
  close(): void {
    for (const server of this.#servers) server.close()
    for (const wire of this.#wires) wire.destroy()
  }

  #accept(socket: Socket, to: Place, gate: Gate): void {
    const from = this.#places.get(socket.remoteAddress ?? '')
    if (from === undefined || gate.target === undefined) {
      socket.on('error', () => {}).destroy()
      return
    }
    const isOpen = (out: boolean): boolean => !this.#cut.has(out ? link(from, to) : link(to, from))
    const wire = new Wire(socket, gate.target, isOpen, () => this.#wires.delete(wire))
    this.#wires.add(wire)
    wire.update()
  }

  #update(): void {
    for (const wire of this.#wires) wire.update()
  }
}

const link = (from: Place, to: Place): string => `${from}>${to}`

/** One connection through a gate: the socket of the one who dialled, and ours to the one who was dialled. */
class Wire {
  readonly #near: Socket
  #far: Socket | undefined
  readonly #port: number
  readonly #isOpen: (out: boolean) => boolean
  readonly #over: () => void

  constructor(near: Socket, port: number, isOpen: (out: boolean) => boolean, over: () => void) {
    this.#near = near
    this.#port = port
    this.#isOpen = isOpen
    this.#over = over
    near.pause()
    near.on('error', () => {}).on('close', () => this.update())
  }

  /** Lets flow what may. */
  update(): void {
    const [out, back] = [this.#isOpen(true), this.#isOpen(false)]
    const near = this.#near
    this.#far ??= out && back && !near.destroyed ? this.#connect() : undefined
    const far = this.#far
    if (far === undefined) {
      if (near.destroyed) this.#over()
      return
    }
    flow(near, far, out)
    flow(far, near, back)
    if (near.destroyed && far.destroyed) this.#over()
  }

  destroy(): void {
    this.#near.destroy()
    this.#far?.destroy()
  }

  #connect(): Socket {
    const near = this.#near
    const far = connect({ port: this.#port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    far.on('error', () => {}).on('close', () => this.update())
    for (const [source, sink] of [
      [near, far],
      [far, near]
    ] as const) {
      source.on('data', (chunk) => {
        if (!sink.write(chunk)) source.pause()
      })
      source.on('end', () => sink.end())
      sink.on('drain', () => this.update())
    }
    return far
  }
}

/** From one socket into the other, the end included. */
function flow(source: Socket, sink: Socket, open: boolean): void {
  if (!open) source.pause()
  else if (source.destroyed) finish(sink)
  else if (!sink.writableNeedDrain) source.resume()
}

const finishing = new WeakSet<Socket>()

/** Once what was written is out. */
function finish(socket: Socket): void {
  if (finishing.has(socket)) return
  finishing.add(socket)
  socket.destroySoon()
}
