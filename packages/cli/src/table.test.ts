import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { type Cell, type Column, tableLines, textTable } from './table.ts'

const columns: readonly Column[] = [
  { title: 'PEER' },
  { title: 'LOG' },
  { title: 'SIZE', align: 'right', whole: true },
  { title: 'ID', wide: true }
]
const shape = { columnsMax: undefined, wide: false, header: true, colors: false }
const id = '12D3KooWGjMBKAp6WJ7xcqmqZKsSVh8kXtqPq2kVh1mW4u4q8kQz'

test('columns stand under their titles, two blanks apart, without blanks at the end', () => {
  const rows = [
    ['robot', 'camera', '1.2 MB', id],
    ['tablet', 'odom->base_link', '12 kB', id]
  ]
  expect(tableLines(columns, rows, shape)).toEqual([
    'PEER    LOG                SIZE',
    'robot   camera           1.2 MB',
    'tablet  odom->base_link   12 kB'
  ])
  expect(tableLines(columns, rows, { ...shape, header: false, wide: true })[0]).toBe(`robot   camera           1.2 MB  ${id}`)
  expect(tableLines(columns, [['robot']], shape)[1]).toBe('robot')
})

test('the widest are cut in the middle until all fit', () => {
  const [, line] = tableLines(columns, [[id, 'odom->base_link', '1.2 MB']], { ...shape, columnsMax: 40 })
  expect(stringWidth(line!)).toBeLessThanOrEqual(40)
  expect(line).toMatch(/^12D3\w*…\w*8kQz {2}odom\S*…?\S*link {2}1\.2 MB$/)
})

test('wide characters count for two, also where they are cut', () => {
  const rows = [
    ['ロボット第一号機の非常に長い名前', 'カメラ', '1 B'],
    ['👩‍💻👍🏽🤖', 'x', '22 B']
  ]
  for (const columnsMax of [20, 24, 30, 80]) {
    const lines = tableLines(columns, rows, { ...shape, columnsMax })
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columnsMax)
    expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1)
  }
})

test('in a terminal of no width to speak of nothing breaks', () => {
  for (const columnsMax of [1, 5, 10]) expect(tableLines(columns, [[id, id, '1.2 MB']], { ...shape, columnsMax })).toHaveLength(2)
})

test("a stranger's megabytes are cut before they are laid out", () => {
  const before = process.memoryUsage().heapUsed
  const rows = Array.from({ length: 2_000 }, (_, index): Cell[] => [index === 7 ? '\x1b'.repeat(2_000_000) : 'x', 'y', '1 B'])
  const wide = tableLines(columns, rows, { ...shape, wide: true })
  expect(Math.max(...wide.map((line) => line.length))).toBeLessThan(4_000)
  const lines = tableLines(columns, rows, { ...shape, columnsMax: 80 })
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(80)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(200_000_000)
})

test('text of strangers steers nothing and stays on its line', () => {
  expect(textTable(['NAME', 'N'], [['\u001b[31mrobot\n', '1']])).toBe('NAME             N\n\\u001b[31mrobot  1')
})
