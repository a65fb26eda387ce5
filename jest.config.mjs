import { availableParallelism } from 'node:os';

/** One configuration for all costs of test; the cost is the suffix of the file. */
const costs = (process.env.SIGNALBOX_TEST_COST ?? 'unit').split(',');

/** Test files at once: with its servers one may need 700 MB of memory. */
const WORKERS_MAX = 8;
const cores = availableParallelism();
// Those with servers wait for half of their time.
const workers = { unit: cores, int: 2 * cores, e2e: 2 * cores, alone: 1 };
const timeoutsMs = { unit: 20_000, int: 180_000, e2e: 600_000, alone: 600_000 };

/** @type {import('jest').Config} */
export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/e2e', '<rootDir>/tools'],
  testRegex: costs.map((cost) => `\\.${cost}\\.spec\\.ts$`),
  modulePathIgnorePatterns: ['<rootDir>/(apps|libs)/.*/dist/'],
  testEnvironment: 'node',
  // Packages of the workspace are read from source, so a test never meets a stale build.
  testEnvironmentOptions: { customExportConditions: ['signalbox-source', 'node', 'node-addons'] },
  testSequencer: '<rootDir>/tools/longest-first.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        module: { type: 'es6' },
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      },
    ],
  },
  testTimeout: Math.max(...costs.map((cost) => timeoutsMs[cost])),
  // A worker keeps what every file of it has loaded, as ES modules are never let go of; to give a
  // gigabyte back takes a busy machine longer than the half second after which Jest speaks of a leak.
  workerGracefulExitTimeout: 10_000,
  maxWorkers: Math.min(WORKERS_MAX, ...costs.map((cost) => workers[cost])),
  ...(costs.includes('e2e') && {
    globalSetup: '<rootDir>/e2e/canaries/suite-setup.mjs',
    globalTeardown: '<rootDir>/e2e/canaries/suite-teardown.mjs',
  }),
};
