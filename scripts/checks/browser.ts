/**
 * Everything an app needs must run in a browser: bundles `@auki/domain` for one, looks for Node in it, and runs it in a realm that has
 * the web's globals and none of Node's.
 */
import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import { createContext, Script } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'

const root = new URL('../../', import.meta.url).pathname

/** What the bundled program says it did. */
interface Report {
  readonly peerId: string
  readonly exports: number
  readonly catalog: readonly string[]
}

/** The program that is bundled: what an app does first. */
export const browserApp = join(root, 'scripts/checks/browser-app.ts')

/**
 * @param entry - absolute path of the program; it calls `report` in the end
 * @param conditions - export conditions under which packages are found: from their sources, unless told
 */
export async function browser(entry = browserApp, conditions = ['@auki/source', 'browser']): Promise<string> {
  const { code, metafile } = await bundle(entry, conditions)
  const foreign = [...nodeImports(metafile), ...(await nativePackages(metafile))]
  if (foreign.length > 0) throw new Error(`the bundle needs Node:\n${foreign.join('\n')}`)
  const { peerId, exports, catalog } = await run(code)
  const size = `${(code.length / 1024).toFixed(0)} KiB, ${(gzipSync(code).length / 1024).toFixed(0)} KiB gzipped`
  return `${exports} exports in ${size}; as ${peerId} it lists ${catalog.join(', ')}`
}

/** @throws Error that names the importing file when something cannot be found without Node, as its built-in modules cannot. */
async function bundle(entry: string, conditions: string[]): Promise<{ code: string; metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions,
    metafile: true,
    logLevel: 'silent'
  })
  return { code: outputFiles[0]!.text, metafile }
}

/** Imports of Node's own modules, also those that a package replaces by nothing: what calls them would fail. */
function nodeImports(metafile: Metafile): string[] {
  const builtin = (path: string): boolean => path.startsWith('node:') || builtinModules.includes(path)
  return Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ path, original, external }) => (external || path.startsWith('(disabled)')) && builtin(original ?? path))
      .map(({ path, original }) => `${file} imports ${original ?? path}`)
  )
}

/** Packages among the inputs that bring machine code or build some. */
async function nativePackages(metafile: Metafile): Promise<string[]> {
  const directories = new Set(Object.keys(metafile.inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []))
  const found = await Promise.all(
    [...directories].map(async (directory) => {
      const manifest = JSON.parse(await readFile(join(root, directory, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
      const builds = ['node-gyp-build', 'bindings', 'prebuild-install', '@mapbox/node-pre-gyp'].some(
        (name) => manifest['dependencies']?.[name] !== undefined
      )
      return builds || manifest['gypfile'] !== undefined || manifest['napi'] !== undefined ? [`${directory} is native code`] : []
    })
  )
  const files = Object.keys(metafile.inputs).filter((path) => path.endsWith('.node'))
  return [...found.flat(), ...files.map((path) => `${dirname(path)} is native code`)]
}

/** The web's globals that Node has too. What JavaScript itself brings (`WebAssembly`, `Promise`, …) each realm has of its own. */
const webGlobals = [
  ...['AbortController', 'AbortSignal', 'Event', 'EventTarget', 'CustomEvent', 'MessageChannel', 'DOMException'],
  ...[
    'Blob',
    'Headers',
    'Request',
    'Response',
    'ReadableStream',
    'TransformStream',
    'WritableStream',
    'WebSocket',
    'URL',
    'URLSearchParams'
  ],
  ...['TextDecoder', 'atob', 'btoa', 'console', 'fetch', 'performance', 'queueMicrotask', 'structuredClone'],
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']
] as const

/** Makes what the host's `TextEncoder` and `crypto` return belong to the realm, where `instanceof Uint8Array` has to hold. */
const prelude = `
  globalThis.self = globalThis
  globalThis.TextEncoder = class {
    #host = new HostTextEncoder()
    encode(text) { return new Uint8Array(this.#host.encode(text)) }
    encodeInto(text, bytes) { return this.#host.encodeInto(text, bytes) }
  }
  globalThis.crypto = {
    subtle: hostCrypto.subtle,
    randomUUID: () => hostCrypto.randomUUID(),
    getRandomValues(bytes) { hostCrypto.getRandomValues(bytes); return bytes }
  }
`

async function run(code: string): Promise<Report> {
  const { promise, resolve, reject } = Promise.withResolvers<Report>()
  const given = Object.fromEntries(webGlobals.map((name) => [name, (globalThis as Record<string, unknown>)[name]]))
  const realm = createContext({ ...given, HostTextEncoder: TextEncoder, hostCrypto: crypto, report: resolve, fail: reject })
  new Script(prelude, { filename: 'prelude.js' }).runInContext(realm)
  // The bundle imports and exports nothing, so it may stand in a function.
  const ended = 'fail(new Error("the program ended without a report"))'
  new Script(`(async () => {${code}\n})().then(() => ${ended}, fail)`, { filename: 'bundle.js' }).runInContext(realm)
  return await promise
}
