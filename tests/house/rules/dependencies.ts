/** Every dependency is one somebody wanted, says what for, and is one exact version. */
import type { SourceFile } from './source.ts'

const kinds = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'] as const

/** Every dependency from outside the workspace, by name, with the versions that package.json files ask for. */
export function dependenciesOf(manifests: readonly SourceFile[]): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>()
  for (const { text } of manifests) {
    const manifest = JSON.parse(text) as Partial<Record<(typeof kinds)[number], Record<string, string>>>
    for (const [name, version] of kinds.flatMap((kind) => Object.entries(manifest[kind] ?? {}))) {
      if (!name.startsWith('@auki/')) versions.set(name, (versions.get(name) ?? new Set()).add(version))
    }
  }
  return versions
}

/** One version, or one of a package that is installed under another name, beside another version of it. */
const exact = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+$/

/** Dependencies that are a range, or different versions in different packages. */
export function versionViolations(manifests: readonly SourceFile[]): string[] {
  return [...dependenciesOf(manifests)].flatMap(([name, versions]) => [
    ...(versions.size > 1 ? [`${name} is asked for as ${[...versions].join(' and ')}`] : []),
    ...[...versions].filter((version) => !exact.test(version)).map((version) => `${name} ${version} is not one exact version`)
  ])
}

/** Dependencies that the page does not list (rows begin with `` | `name` | ``), and rows without a dependency. */
export function listingViolations(manifests: readonly SourceFile[], page: SourceFile): string[] {
  const used = [...dependenciesOf(manifests).keys()]
  const listed = [...page.text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!)
  return [
    ...used.filter((name) => !listed.includes(name)).map((name) => `${page.path} lacks ${name}`),
    ...listed.filter((name) => !used.includes(name)).map((name) => `${page.path} has ${name}, which nothing depends on`)
  ]
}
