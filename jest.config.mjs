/** One configuration for the three costs of test; the cost is the suffix of the file. */
const cost = process.env.SIGNALBOX_TEST_COST ?? 'unit';

/** @type {import('jest').Config} */
export default {
  rootDir: import.meta.dirname,
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/e2e', '<rootDir>/tools'],
  testRegex: [`\\.${cost}\\.spec\\.ts$`],
  modulePathIgnorePatterns: ['<rootDir>/(apps|libs)/.*/dist/'],
  testEnvironment: 'node',
  // Packages of the workspace are read from source, so a test never meets a stale build.
  testEnvironmentOptions: { customExportConditions: ['signalbox-source', 'node', 'node-addons'] },
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
  testTimeout: cost === 'unit' ? 20_000 : cost === 'int' ? 180_000 : 600_000,
  maxWorkers: cost === 'e2e' ? 1 : 2,
};
