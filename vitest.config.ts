import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// The tests start hundreds of processes from the same sources. Without a cache each would compile them again, which takes longer than most of them run.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compile')

// Tests run from the TypeScript sources: `@auki/source` is the export condition that points there.
const conditions = ['@auki/source', 'node', 'import', 'module', 'default']

// These tests check that a peer which is silent for some seconds counts as lost. On a busy machine a healthy peer is silent, too. So they run alone, one
// after the other, when all other tests are done.
const alone = ['tests/streams/cluster.test.ts', 'tests/chaos/chaos.test.ts', 'tests/chaos/discovery-outage.test.ts']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // The processes that tests start need processor time, too.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() * 0.75)),
    projects: [
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...alone],
          globalSetup: 'tests/support/auki-bundle.ts',
          sequence: { groupOrder: 0 }
        }
      },
      { extends: true, test: { name: 'alone', include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } } }
    ],
    // `.ci/run` counts the tests from this file.
    reporters: process.env['CI'] === undefined ? ['default'] : ['default', ['json', { outputFile: 'node_modules/.cache/tests.json' }]]
  }
})
