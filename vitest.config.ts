import { defineConfig } from 'vitest/config';
import { SUITES } from './test/support/suites.ts';

const ownSuite = SUITES.map((name) => ({ name, include: [`test/${name}/**/*.test.ts`] }));
const everythingElse = {
  name: 'main',
  include: ['test/**/*.test.ts'],
  exclude: ['**/node_modules/**', ...SUITES.map((name) => `test/${name}/**`)],
};

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [everythingElse, ...ownSuite].map((test) => ({ extends: true, test })),
  },
});
