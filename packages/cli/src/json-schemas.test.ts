import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { allOf, createProgram, nameOf } from './program.ts'
import { fakeHost } from './testing/fake-host.ts'
import { lineViolations, schemaPath } from './testing/json-schemas.ts'

const takesJson = (command: Command): boolean => command.options.some(({ long }) => long === '--json')

test('every command that takes --json has a schema, and there is no other', () => {
  const program = createProgram(fakeHost())
  const commands = allOf(program)
    .filter(takesJson)
    .map((command) => nameOf(command).replace('auki ', ''))
  const files = readdirSync(dirname(schemaPath('ls')))
  expect(files.toSorted()).toEqual(commands.map((command) => basename(schemaPath(command))).toSorted())
  for (const command of commands) expect(lineViolations([...command.split(' '), '--json'], [])).toEqual([])
})

test('docs/cli.md shows each of them, with an example and its schema', () => {
  const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
  for (const command of allOf(createProgram(fakeHost())).filter(takesJson).map(nameOf)) {
    expect(page).toMatch(new RegExp(`^\\$ ${command}( |$)`, 'm'))
    expect(page).toContain(`](schemas/${basename(schemaPath(command.replace('auki ', '')))})`)
  }
})

test('a line that is not as the schema says is found', () => {
  const peerId = '12D3KooW'
  expect(lineViolations(['id', '--json'], [`{"peerId":"${peerId}","walletId":"w"}`])).toEqual([])
  for (const line of [`{"peerId":"${peerId}"}`, `{"peerId":"${peerId}","walletId":"w","more":1}`, '{"peerId":7,"walletId":"w"}']) {
    expect(lineViolations(['id', '--json'], [line])).toHaveLength(1)
  }
  expect(lineViolations(['join', 'lab', '--json'], ['{"event":"left","atMs":1790000000000}', '{"event":"left"}'])).toHaveLength(1)
})
