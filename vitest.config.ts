import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/cluster.setup.ts'],
    setupFiles: ['test/support/random-cases.ts', 'test/support/compiled-once.ts', 'test/support/shared-process.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A busy machine may not have come to it within a second.
    expect: { poll: { timeout: 30_000 } },
    // Hundreds of real processes are started, killed and waited for on machines that do other work as well. Properties draw from
    // the same seed again, and what needed its second try is listed at the end.
    retry: 1,
    // The machine that runs the tests has two cores, and most files wait for PostgreSQL.
    maxWorkers: 3,
    // Files share the modules of their worker: each module is evaluated once a worker and not once a file (half of the CPU time
    // of the small files). So a module of a test keeps no state that another file could trip over.
    isolate: false,
    // Two busy cores have no idle one on which a collector thread could work beside the program: a tenth of the CPU time.
    execArgv: ['--single-threaded-gc'],
    reporters: ['default'],
    restoreMocks: true,
  },
});
