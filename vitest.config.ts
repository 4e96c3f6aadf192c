import { defineConfig } from 'vitest/config'

// Tests run from the TypeScript sources: `@auki/source` is the export condition that points there.
const conditions = ['@auki/source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    // Most of the time the tests wait for sockets and processes: two files at once also on two cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // `.ci/run` counts the tests from this file.
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'node_modules/.cache/tests.json' }]]
  }
})
