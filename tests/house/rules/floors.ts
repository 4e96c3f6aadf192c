/** Inside a package, too, imports point down only: from a floor to the floors below it. */
import { at, importsOf, isTest, resolve, type SourceFile } from './source.ts'

/**
 * The floors of a package, the lowest first: folders (ending in `/`) and files, relative to its `src/`. A file belongs to the first one that has it.
 * `beside` has floors of their own kind: who may be imported from there.
 */
export interface Floors {
  readonly floors: readonly string[]
  readonly beside: Readonly<Record<string, readonly string[]>>
}

/** What a package's own `#name` stands for, as its package.json says. */
export interface OwnImports {
  readonly imports?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Imports of a package's sources that point up, or from or to a file that is on no floor. Tests may look everywhere. */
export function floorViolations(
  packageName: string,
  { floors, beside }: Floors,
  files: readonly SourceFile[],
  manifest: OwnImports = {}
): string[] {
  const source = `packages/${packageName}/src/`
  const floorOf = (path: string): string | undefined =>
    [...floors, ...Object.keys(beside)].find((floor) => (floor.endsWith('/') ? path.startsWith(floor) : path === floor))
  const may = (from: string, to: string): boolean =>
    from === to ||
    (beside[from]?.includes(to) ?? (beside[to] === undefined ? floors.indexOf(to) < floors.indexOf(from) : from === floors.at(-1)))
  return files
    .filter(({ path }) => path.startsWith(source) && !isTest(path))
    .flatMap((file) => {
      const from = floorOf(file.path.slice(source.length))
      if (from === undefined) return [`${file.path}:1 is on no floor of ${packageName}`]
      return importsOf(file).flatMap(({ specifier, start }) => {
        const target = targetOf(file.path, specifier, packageName, manifest)
        if (target === undefined || !target.startsWith(source)) return []
        const to = floorOf(target.slice(source.length))
        return to !== undefined && may(from, to) ? [] : [at(file, start, `${from} must not import ${specifier} (${to ?? 'no floor'})`)]
      })
    })
}

function targetOf(from: string, specifier: string, packageName: string, { imports = {} }: OwnImports): string | undefined {
  if (specifier.startsWith('.')) return resolve(from, specifier)
  const own = imports[specifier]?.['@auki/source']
  return typeof own === 'string' ? resolve(`packages/${packageName}/package.json`, own) : undefined
}
