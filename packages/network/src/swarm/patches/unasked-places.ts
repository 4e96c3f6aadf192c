/**
 * Places at relays are ours to take.
 *
 * libp2p's transport, when somebody comes through a peer at which it knows no place, takes one there on the spot and names its address from then on: any
 * stranger who connects could have us tell others to come through it. We take our places ourselves (`relaying/reserve.ts`), so it would do that each time. It
 * looks as soon as it is asked, and is told then that it has that place; whose connections are let in is decided by the connection gater.
 *
 * Seen in @libp2p/circuit-relay-v2 4.2.13; canary: canaries.test.ts, and by what a stranger can do: runtime/relay.test.ts.
 */
interface Reserving {
  readonly reservationStore: { hasReservation(relay: unknown): boolean }
  onStop(stream: unknown, connection: unknown): Promise<void>
}

export function ownPlacesOnly<C, T>(make: (components: C) => T): (components: C) => T {
  return (components) => {
    const transport = make(components)
    const inside = transport as Reserving
    const { reservationStore: store, onStop } = inside
    const { hasReservation } = store
    inside.onStop = (stream, connection) => {
      store.hasReservation = () => true
      try {
        return onStop.call(transport, stream, connection)
      } finally {
        store.hasReservation = hasReservation
      }
    }
    return transport
  }
}
