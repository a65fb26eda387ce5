#!/usr/bin/env node
// Runs the built command on Node 24: this one when it is new enough, else the one from npm.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
if (!existsSync(main)) {
  console.error('signalbox: not built yet; run `npm run build` once');
  process.exit(1);
}
if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  const { run } = await import(main);
  process.exitCode = await run(process.argv.slice(2));
} else {
  const node = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(node)) {
    console.error(`signalbox: needs Node ${NODE_MAJOR_MIN} or later, this is ${process.version}`);
    process.exit(1);
  }
  const child = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = child.status ?? 1;
}
