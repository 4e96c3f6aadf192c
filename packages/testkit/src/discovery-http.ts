/** A bare client of Discovery's HTTP contract, for tests: it shows each answer as it came, and adds nothing of its own. */
import { type Json, parseJson, stringifyJson } from '@auki/canonical'

/** An answer: `json` is the body without rounded integers, `undefined` when it is empty or no JSON. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Json | undefined
}

/** One request. A body that is a string or bytes goes as it is, anything else as JSON; `content-type` is JSON's unless given (`''` = none). */
export async function httpCall(
  url: string,
  method: string,
  path: string,
  { body, headers = {} }: { body?: Json | Uint8Array<ArrayBuffer>; headers?: Record<string, string> } = {}
): Promise<HttpAnswer> {
  const init: RequestInit = { method, headers: withType(headers, body !== undefined) }
  if (body !== undefined) init.body = body instanceof Uint8Array || typeof body === 'string' ? body : stringifyJson(body)
  const answer = await fetch(url + path, init)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: jsonOf(text) }
}

function withType(headers: Record<string, string>, hasBody: boolean): Record<string, string> {
  const all = hasBody ? { 'content-type': 'application/json', ...headers } : headers
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

function jsonOf(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** One block of an event stream: an event, or a comment line. */
export type StreamItem = { readonly id: string; readonly event: string; readonly data: Json } | { readonly comment: string }

/** An event stream being read. */
export class HttpEventStream implements AsyncDisposable {
  readonly response: Response
  readonly #abort: AbortController
  readonly #items: AsyncGenerator<StreamItem, undefined>

  private constructor(response: Response, abort: AbortController) {
    this.response = response
    this.#abort = abort
    this.#items = blocks(response)
  }

  /** Connects, and resolves with the head of the answer. */
  static async open(url: string, path: string, headers: Record<string, string> = {}): Promise<HttpEventStream> {
    const abort = new AbortController()
    return new HttpEventStream(await fetch(url + path, { headers, signal: abort.signal }), abort)
  }

  /** The next event or comment; `undefined` when the service ended the stream. */
  async next(): Promise<StreamItem | undefined> {
    return (await this.#items.next()).value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
  }
}

async function* blocks(response: Response): AsyncGenerator<StreamItem, undefined> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield itemOf(text.slice(0, end))
      text = text.slice(end + 2)
    }
  }
  return undefined
}

function itemOf(block: string): StreamItem {
  if (block.startsWith(':')) return { comment: block.slice(1) }
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]))
  return { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: parseJson(fields.get('data') ?? 'null') }
}
