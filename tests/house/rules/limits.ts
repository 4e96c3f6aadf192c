/** The limits of docs/security.md: tables whose rows name constants of the file that the section links to. */
import type { SourceFile } from './source.ts'

export interface DocumentedLimit {
  /** Of the constant. */
  readonly path: string
  readonly name: string
  /** As the constant has it: bytes, ms, or a plain number. */
  readonly value: number
}

/** Bytes of a unit, ms of a unit. */
const factors: Readonly<Record<string, { readonly of: 'Bytes' | 'Ms'; readonly factor: number }>> = {
  B: { of: 'Bytes', factor: 1 },
  KiB: { of: 'Bytes', factor: 1_024 },
  MiB: { of: 'Bytes', factor: 1_048_576 },
  s: { of: 'Ms', factor: 1_000 },
  h: { of: 'Ms', factor: 3_600_000 }
}

/** What the page says. A cell with one value stands for all constants of its row. @throws Error for a row that can't be read. */
export function documentedLimits(page: SourceFile): DocumentedLimit[] {
  return page.text.split(/^#{2,3} /m).flatMap((section) => {
    const path = /^From \[`([^`]+)`\]/m.exec(section)?.[1]
    if (path === undefined) return []
    return [...section.matchAll(/^\| ([^|]+) \| ([^|]+) \| (`[^|]+) \|$/gm)].flatMap(([, what, limit, constants]) => {
      const names = [...constants!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)
      const values = limit!.split(' / ')
      if (values.length !== 1 && values.length !== names.length)
        throw new Error(`${page.path}: "${what}" has ${values.length} limits and ${names.length} constants`)
      return names.map((name, index) => ({ path, name, value: quantity(values[index] ?? values[0]!, name) }))
    })
  })
}

function quantity(text: string, name: string): number {
  const [, digits, unit] = /^([\d,.]+)(?: (\w+))?/.exec(text) ?? []
  const scale = factors[unit ?? '']
  const measured = /(Bytes|Ms)(?:Max)?$/.exec(name)?.[1]
  if (digits === undefined || measured !== scale?.of)
    throw new Error(`"${text}" is no value of ${name}: write it in the unit that its name ends in`)
  return Number(digits.replaceAll(',', '')) * (scale?.factor ?? 1)
}

/** Limits that the page has otherwise than the code, or lacks: of each file all that end in `Max`, and no others need be there. */
export function limitViolations(
  page: readonly DocumentedLimit[],
  files: Readonly<Record<string, Readonly<Record<string, unknown>>>>
): string[] {
  const wrong = page.flatMap(({ path, name, value }) => {
    const actual = files[path]?.[name]
    return actual === value ? [] : [`docs/security.md has ${name} as ${value}; in ${path} it is ${actual}`]
  })
  const lacking = Object.entries(files).flatMap(([path, constants]) =>
    Object.keys(constants)
      .filter((name) => name.endsWith('Max') && !page.some((limit) => limit.path === path && limit.name === name))
      .map((name) => `docs/security.md lacks ${name} of ${path}`)
  )
  const names = page.map(({ path, name }) => `${name} of ${path}`)
  const twice = names.filter((name, index) => names.indexOf(name) !== index).map((name) => `docs/security.md has ${name} twice`)
  return [...wrong, ...lacking, ...twice]
}
