import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/cluster.setup.ts'],
    setupFiles: ['test/support/random-cases.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The machine that runs the tests has two cores, and most files wait for PostgreSQL.
    maxWorkers: 3,
    reporters: ['default'],
    restoreMocks: true,
  },
});
