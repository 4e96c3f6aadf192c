/**
 * `npm run vectors -- FILE…`: does what we build give the bytes and numbers of these files? Without files: of all that the packages bring along.
 *
 * One line per failure, then `N passed, N failed`. Ends with 1 when a vector failed or a file can't be read, with 2 on wrong usage.
 */
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checks, parseVectors, runVector } from '../packages/testkit/src/vectors/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const asked = process.argv.slice(2)

if (asked.some((argument) => argument.startsWith('-'))) {
  console.error('usage: npm run vectors -- FILE…   (no file: packages/*/vectors/*.json)')
  process.exit(2)
}
// npm runs scripts from the root; a path is meant from where the person stands.
const standing = process.env['INIT_CWD'] ?? process.cwd()
const files = asked.length > 0 ? asked.map((file) => ({ name: file, path: resolve(standing, file) })) : ownFiles()

let passed = 0
let failed = 0
for (const file of files) await runFile(file)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || process.exitCode === 1 ? 1 : 0

async function runFile({ name, path }: { name: string; path: string }): Promise<void> {
  const text = await readFile(path, 'utf8').catch(unreadable(name))
  if (text === undefined) return
  for (const vector of vectorsOf(text, name)) {
    const reason = await runVector(vector, checks)
    if (reason === undefined) passed++
    else {
      failed++
      console.log(`${name}: ${vector.name} (${vector.kind}): ${oneLine(reason.message)}`)
    }
  }
}

function vectorsOf(text: string, name: string): ReturnType<typeof parseVectors> {
  try {
    return parseVectors(text)
  } catch (error) {
    unreadable(name)(error)
    return []
  }
}

function unreadable(name: string): (error: unknown) => undefined {
  return (error) => {
    console.error(`${name}: ${oneLine((error as Error).message)}`)
    process.exitCode = 1
  }
}

function ownFiles(): { name: string; path: string }[] {
  const names = globSync('packages/*/vectors/*.json', { cwd: root }).toSorted()
  return names.map((name) => ({ name, path: resolve(root, name) }))
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, ' ').trim()
}
