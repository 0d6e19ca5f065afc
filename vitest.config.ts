import { defineConfig } from 'vitest/config';

/** How many test files with operators run at the same time, each in a cluster of its own: they wait more than they work. */
const e2eWorkers = 2;

export default defineConfig({
  test: {
    // A hanging test must fail the run by itself; no test asserts how long something took.
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'test/unit/**/*.test.ts', 'bench/**/*.test.ts'] },
      },
      { extends: true, test: { name: 'conformance', include: ['test/conformance/**/*.test.ts'] } },
      { extends: true, test: { name: 'matrix', include: ['test/matrix/**/*.test.ts'], testTimeout: 120_000 } },
      {
        extends: true,
        test: {
          name: 'apiserver',
          include: ['test/apiserver/**/*.test.ts'],
          globalSetup: ['test/support/control-plane-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/chaos/chaos.test.ts'],
          globalSetup: ['test/support/control-plane-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          provide: { clusters: e2eWorkers },
          maxWorkers: process.env.ROLEKEEPER_TEST_KUBECONFIG ? 1 : e2eWorkers,
        },
      },
      {
        extends: true,
        test: {
          name: 'soak',
          include: ['test/chaos/soak.test.ts'],
          globalSetup: ['test/support/control-plane-setup.ts'],
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
