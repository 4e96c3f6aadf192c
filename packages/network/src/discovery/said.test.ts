import { expect, test } from 'vitest'
import { statusError } from './answer.ts'
import { said } from './said.ts'

test.each([
  ['{"error":"full","message":"the directory has 10,000 rows"}', 'full: the directory has 10,000 rows'],
  ['{"error":"forbidden"}', 'forbidden'],
  ['', ''],
  ['<html><head><style>p { color: red }</style></head>\n<body><h1>Log in</h1> to the hotel</body></html>', 'Log in to the hotel'],
  ['null', 'null'],
  ['{"error":5}', '{"error":5}']
])('%s says: %s', (body, text) => {
  expect(said(body)).toBe(text)
})

test('a long or hostile body becomes a short line without anything that moves a terminal', () => {
  const body = `\u001b[2J\u202eevil\u0007\n${'x'.repeat(50_000)}`
  const error = statusError({ call: 'POST http://h:1/clusters/lab', status: 500, body, versioned: true })
  expect(error.message.length).toBeLessThan(300)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
  expect(error.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/)
  expect(error).toMatchObject({ code: 'status', details: { status: 500, call: 'POST http://h:1/clusters/lab' } })
  expect(String(error.details['body']).length).toBe(2_000)
})
