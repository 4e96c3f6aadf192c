/** Holds what commands print with `--json` against their schemas in `docs/schemas`. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseJson } from '@auki/canonical'
import { Ajv, type ValidateFunction } from 'ajv'

const validators = new Map<string, ValidateFunction>()

/** Path of the schema of a command, such as `context add`. */
export const schemaPath = (command: string): string =>
  fileURLToPath(new URL(`../../../../docs/schemas/${command.replaceAll(' ', '-')}.json`, import.meta.url))

function validatorOf(command: string): ValidateFunction {
  const known = validators.get(command)
  if (known !== undefined) return known
  const validator = new Ajv({ allErrors: false, strict: true, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(schemaPath(command), 'utf8'))
  )
  validators.set(command, validator)
  return validator
}

/** What is wrong with the lines of a command that was run with `args`; nothing where it was run without `--json`. */
export function lineViolations(args: readonly string[], lines: readonly string[]): string[] {
  if (!args.includes('--json')) return []
  const command = args[0] === 'context' ? `context ${args[1]}` : String(args[0])
  const validate = validatorOf(command)
  return lines.flatMap((line) => {
    parseJson(line) // 64-bit integers are integers
    return validate(JSON.parse(line)) ? [] : [`auki ${command}: ${line}: ${JSON.stringify(validate.errors?.at(-1))}`]
  })
}

/** @throws Error for the first line that is not as its schema says. */
export function checkLines(args: readonly string[], stdout: string): void {
  const [wrong] = lineViolations(args, stdout.split('\n').filter(Boolean))
  if (wrong !== undefined) throw new Error(wrong)
}
