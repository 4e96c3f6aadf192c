/** What the documents promise: they stand alone, have one title, and their links lead somewhere. */
import { resolve, type SourceFile } from './source.ts'

/** The markdown without its code blocks, line numbers kept. */
function prose(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ''))
}

/** Pages without exactly one `# Title`. */
export function titleViolations(pages: readonly SourceFile[]): string[] {
  return pages.flatMap((page) => {
    const titles = prose(page.text).match(/^# \S/gm)?.length ?? 0
    return titles === 1 ? [] : [`${page.path}:1 has ${titles} titles (lines that begin with "# "); a page has one`]
  })
}

/** What GitHub makes of a heading for links to it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-')
}

const headings = (page: SourceFile): string[] => [...prose(page.text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading!))

/** Relative links to files that `exists` denies, and to headings that the page does not have. */
export function linkViolations(pages: readonly SourceFile[], exists: (path: string) => boolean): string[] {
  const byPath = new Map(pages.map((page) => [page.path, page]))
  return pages.flatMap((page) =>
    prose(page.text)
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/\]\(([^)\s]+)\)/g)]
          .map(([, target]) => target!)
          .filter((target) => !/^[a-z]+:/.test(target) && !leads(page, target))
          .map((target) => `${page.path}:${index + 1} links to ${target}, which is not there`)
      )
  )

  function leads(page: SourceFile, target: string): boolean {
    const [file, anchor] = target.split('#')
    const path = file === '' || file === undefined ? page.path : resolve(page.path, file).replace(/\/$/, '')
    const linked = byPath.get(path)
    return exists(path) && (anchor === undefined || linked === undefined || headings(linked).includes(anchor))
  }
}

/** What only the makers of the first version had on their desk: documents beside the repository. */
const outside = [/\.\.\/shared\b/, /\bshared\/(?:spec|design|vectors)\b/, /\b(?:network|cluster|session|streams|time|api|style)\.md\b/]

/** Mentions of files that are no part of the project. */
export function outsideViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    file.text.split('\n').flatMap((line, index) => {
      const found = outside.map((pattern) => pattern.exec(line)?.[0]).find((match) => match !== undefined)
      return found === undefined ? [] : [`${file.path}:${index + 1} speaks of ${found}, which is not in this repository`]
    })
  )
}
