export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/src', '<rootDir>/test'],
  testRegex: '\\.(e2e-)?spec\\.ts$',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  // Sources import each other by the names they will have once compiled.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1'] },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  maxWorkers: 2,
  // Jobs under way are waited for when a suite ends, and a machine may be busy.
  testTimeout: 60_000,
  // Every suite loads the application anew, and nothing that was loaded is let go: collecting garbage would take most of the time.
  workerIdleMemoryLimit: '1GB',
  // What a worker holds, Node takes a while to give back.
  workerGracefulExitTimeout: 10_000,
};
