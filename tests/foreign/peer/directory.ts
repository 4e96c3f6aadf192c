/** Discovery as the reference uses it: lists, creates, checks, rotates. No `If-Match`, no watch, no single rows. */

export interface Row {
  readonly name: string
  readonly manager_peer_id: string
  readonly manager_multiaddrs: readonly string[]
  readonly peer_count: number
}

export class ForeignDirectory {
  readonly #url: string
  readonly #name: string

  constructor(url: string, name: string) {
    this.#url = `${url}/clusters`
    this.#name = name
  }

  async row(): Promise<Row | undefined> {
    const answer = await fetch(this.#url)
    const { clusters } = (await answer.json()) as { clusters: Row[] }
    return clusters.find(({ name }) => name === this.#name)
  }

  /** The status: 201 created, 409 there is one. */
  create(peerId: string, multiaddrs: readonly string[]): Promise<number> {
    return this.#post('', { manager_peer_id: peerId, manager_multiaddrs: multiaddrs })
  }

  liveness(peerCount: number): Promise<number> {
    return this.#post('/liveness', { peer_count: peerCount })
  }

  rotate(peerId: string, multiaddrs: readonly string[]): Promise<number> {
    return this.#post('/manager', { manager_peer_id: peerId, manager_multiaddrs: multiaddrs })
  }

  async #post(path: string, body: unknown): Promise<number> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${this.#url}/${this.#name}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    await answer.text()
    return answer.status
  }
}
