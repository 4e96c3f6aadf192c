/** No file that nobody imports: what nothing leads to is dead, or a test that never runs. */
import { importsOf, parse, resolve, type SourceFile, walk } from './source.ts'

/**
 * Files that no entry leads to. Entries are the tests, and every file that one of the `texts` (package.json, configuration) names.
 *
 * A relative path in a string counts as an import: it is how a child process is started.
 */
export function orphans(files: readonly SourceFile[], texts: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const queue = [...files.filter((file) => file.path.endsWith('.test.ts')).map((file) => file.path), ...texts.flatMap(pathsIn)]
  const reached = new Set<string>()
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = byPath.get(path)
    if (file === undefined || reached.has(path)) continue
    reached.add(path)
    queue.push(...leadsTo(file))
  }
  return files.filter((file) => !reached.has(file.path)).map((file) => `${file.path}:1 is imported by nobody`)
}

/** Paths that a package.json or a configuration file names, taken relative to it. */
function pathsIn(text: SourceFile): string[] {
  return [...text.text.matchAll(/[\w@./-]+\.(?:ts|js)\b/g)].map(([path]) => resolve(text.path, path))
}

function leadsTo(file: SourceFile): string[] {
  const paths = importsOf(file)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier }) => resolve(file.path, specifier))
  walk(parse(file), (node) => {
    if (node.type === 'Literal' && typeof node.value === 'string' && /^[\w@./-]+\.(?:ts|js)$/.test(node.value)) {
      paths.push(resolve(file.path, node.value), node.value)
    }
  })
  return paths
}
