/** The README's TypeScript (blocks fenced as `ts`) is what a newcomer copies first: it type-checks against the packages as they were built. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { command, installed } from './command.ts'

const root = new URL('../../', import.meta.url)
const cache = new URL('node_modules/.cache/readme/', root)

export async function readme(): Promise<string> {
  const text = await readFile(new URL('README.md', root), 'utf8')
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, block]) => block!)
  await rm(cache, { recursive: true, force: true })
  await mkdir(cache, { recursive: true })
  await Promise.all(blocks.map((block, index) => writeFile(new URL(`block-${index + 1}.ts`, cache), `${block}\nexport {}\n`)))
  const compilerOptions = { noEmit: true, noUnusedLocals: false, customConditions: [] }
  await writeFile(
    new URL('tsconfig.json', cache),
    JSON.stringify({ extends: '../../../tsconfig.base.json', compilerOptions, include: ['*.ts'] })
  )
  if (blocks.length > 0) await command(installed('tsc'), ['-p', cache.pathname])
  return `${blocks.length} blocks of TypeScript type-check`
}
