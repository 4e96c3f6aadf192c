import { defineConfig } from 'vitest/config'

// Tests run from the TypeScript sources: `@auki/source` is the export condition that points there.
const conditions = ['@auki/source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // `.ci/run` counts the tests from this file.
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'node_modules/.cache/tests.json' }]]
  }
})
