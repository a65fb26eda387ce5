// Runs Jest for one cost of test: `node tools/jest.mjs unit|int|e2e [jest options]`.
// Nest is ESM only, so Jest needs Node's VM modules.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const [cost, ...rest] = process.argv.slice(2);
if (!['unit', 'int', 'e2e'].includes(cost)) {
  console.error('usage: node tools/jest.mjs unit|int|e2e [jest options]');
  process.exit(2);
}
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const run = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', jest, ...rest],
  { stdio: 'inherit', env: { ...process.env, SIGNALBOX_TEST_COST: cost } },
);
process.exit(run.status ?? 1);
