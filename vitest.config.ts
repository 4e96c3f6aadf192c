import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Hundreds of processes are started, and each would compile the same sources anew, which takes longer than what most of them do.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compile')

// Tests run from the TypeScript sources: `@auki/source` is the export condition that points there.
const conditions = ['@auki/source', 'node', 'import', 'module', 'default']

// They judge who is silent for some seconds, which is also what somebody looks like whose processor others use: they run one after the other, when all
// the others are done.
const alone = ['tests/streams/cluster.test.ts', 'tests/chaos/chaos.test.ts', 'tests/chaos/discovery-outage.test.ts']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What a test starts needs some of the processor, too.
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
