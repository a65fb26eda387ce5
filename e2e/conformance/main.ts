// `npm run conformance`: the official conformance suite of MCP against the gateway's client. Exit code 0
// when every scenario that concerns it passes.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npmPackages } from '../npm-packages.ts';
import { scenarios } from './scenarios.ts';

const SUITE = '@modelcontextprotocol/conformance';
const SCENARIO_MAX_MS = 60_000;

const modules = await npmPackages([`${SUITE}@0.2.0-alpha.12`]);
const suite = join(modules, SUITE, 'dist', 'index.js');
const client = `${process.execPath} ${join(import.meta.dirname, 'client', 'main.ts')}`;
const results = await mkdtemp(join(tmpdir(), 'signalbox-conformance-'));
let failures = 0;
for (const { revision, names } of scenarios) {
  for (const name of names) {
    const { passed, said } = await ran(name, revision);
    console.log(`conformance: ${revision} ${name}: ${passed ? 'passed' : 'FAILED'}`);
    if (passed) continue;
    failures++;
    console.error(said);
  }
}
await rm(results, { recursive: true });
process.exit(failures > 0 ? 1 : 0);

function ran(name: string, revision: string): Promise<{ passed: boolean; said: string }> {
  const what = ['--scenario', name, '--spec-version', revision, '--output-dir', results];
  const args = [suite, 'client', '--command', client, ...what, '--timeout', `${SCENARIO_MAX_MS}`];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: 2 * SCENARIO_MAX_MS }, (error, stdout, stderr) =>
      resolve({ passed: error === null, said: `${stdout}${stderr}` }),
    );
  });
}
