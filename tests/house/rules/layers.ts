/** Imports point down only: a package may use the packages above it in this list, and what it declares, and nothing else. */
import { at, importsOf, isTest, resolve, type SourceFile } from './source.ts'

const order = [
  'canonical',
  'identity',
  'datatypes',
  'registry',
  'time',
  'session',
  'network',
  'domain',
  'discovery',
  'console',
  'cli',
  'testkit'
]
const narrower: Readonly<Record<string, readonly string[]>> = { discovery: ['canonical', 'identity'] }

/** The one way into a package past its entries: the simulated world runs the core itself, which no app should see. */
const core = { from: 'testkit', into: 'packages/domain/src/core/' }

export interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** Short names of the packages that a package may import; undefined for one that the list does not have. */
function allowed(packageName: string): readonly string[] | undefined {
  const place = order.indexOf(packageName)
  return place < 0 ? undefined : (narrower[packageName] ?? order.slice(0, place))
}

const packageOf = (path: string): string | undefined => /^packages\/([^/]+)\//.exec(path)?.[1]

/** Violations of the layer rule by sources of packages; tests may use `testkit` too, and only they `src/testing/`. */
export function layerViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const name = packageOf(file.path)
    if (name === undefined) return []
    const may = allowed(name)
    if (may === undefined) return [`${file.path}:1 the package "${name}" has no place in the list of layers`]
    const mayHere = [...may, name, ...(isTest(file.path) ? ['testkit'] : [])]
    return importsOf(file).flatMap(({ specifier, start }) => {
      const target = specifier.startsWith('.') ? packageOf(resolve(file.path, specifier)) : /^@auki\/([^/]+)/.exec(specifier)?.[1]
      const leaves =
        specifier.startsWith('.') && target !== name && !(name === core.from && resolve(file.path, specifier).startsWith(core.into))
      if (leaves) return [at(file, start, `leaves its package by ${specifier}`)]
      if (/\/testing(\/|$)/.test(specifier) && !isTest(file.path)) return [at(file, start, `${specifier} is for tests`)]
      if (target === undefined || mayHere.includes(target)) return []
      return [at(file, start, `${name} must not import ${specifier}`)]
    })
  })
}

/** Violations by the `dependencies` of package.json files; `testkit` may only be a devDependency. */
export function dependencyLayerViolations(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap(({ name, dependencies = {} }) => {
    const may = allowed(name.replace('@auki/', '')) ?? []
    return Object.keys(dependencies)
      .filter((dependency) => dependency.startsWith('@auki/') && !may.includes(dependency.replace('@auki/', '')))
      .map((dependency) => `${name} must not depend on ${dependency}`)
  })
}

/** Imports of packages that the importing package does not declare (they would be missing from an installation of it alone). */
export function undeclaredImports(files: readonly SourceFile[], manifests: readonly Manifest[]): string[] {
  const declared = new Map(manifests.map((manifest) => [manifest.name.replace('@auki/', ''), Object.keys(manifest.dependencies ?? {})]))
  return files.flatMap((file) => {
    const name = packageOf(file.path)
    if (name === undefined || isTest(file.path)) return []
    return importsOf(file).flatMap(({ specifier, start }) => {
      if (/^(?:\.|#|node:)/.test(specifier)) return []
      const target = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      return declared.get(name)?.includes(target) ? [] : [at(file, start, `${name} does not declare ${target}`)]
    })
  })
}
