import { defineConfig } from 'vitest/config';

/** Suites of their own, each with its npm script: against real servers, with processes that are killed, and with compilers. `npm test` leaves them out. */
const suites = ['servers', 'chaos', 'toolchains'];
const suite = process.env['SUITE'];

// biome-ignore lint/style/noDefaultExport: vitest reads its configuration from the default export
export default defineConfig({
  test: {
    include: suite === undefined ? ['test/**/*.test.ts'] : [`test/${suite}/**/*.test.ts`],
    setupFiles: ['test/support/fixed-seeds.ts'],
    exclude: ['test/oracle/**', '**/node_modules/**', ...suites.filter(name => name !== suite).map(name => `test/${name}/**`)],
    testTimeout: suite === undefined ? 30_000 : 300_000,
    hookTimeout: suite === undefined ? 60_000 : 300_000,
    pool: 'forks',
    // two processes for all files: each would load and compile the engine anew
    isolate: suite !== undefined,
    maxWorkers: 2,
    // killed processes mostly wait; servers and compilers take what there is
    fileParallelism: suite === undefined || suite === 'chaos',
  },
});
