// Runs Jest for costs of test: `node tools/jest.mjs unit|int|e2e|alone [jest options]`, or several of
// them divided by commas. Nest is ESM only, so Jest needs Node's VM modules.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const all = ['unit', 'int', 'e2e', 'alone'];
const [costs = '', ...rest] = process.argv.slice(2);
if (!costs.split(',').every((cost) => all.includes(cost))) {
  console.error(`usage: node tools/jest.mjs ${all.join('|')} [jest options]`);
  process.exit(2);
}
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const run = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', jest, ...rest],
  { stdio: 'inherit', env: { ...process.env, SIGNALBOX_TEST_COST: costs } },
);
process.exit(run.status ?? 1);
