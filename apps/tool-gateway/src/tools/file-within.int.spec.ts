import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWithin } from './file-within.ts';

const TRIES = 2_000;

it('GTW-7: reads nothing outside of a folder while somebody exchanges folders within it for links', async () => {
  const place = mkdtempSync(join(tmpdir(), 'signalbox-within-'));
  const [root, outside] = [join(place, 'root'), join(place, 'outside')];
  for (const folder of [root, outside, join(root, 'folder')]) mkdirSync(folder);
  writeFileSync(join(outside, 'file'), 'secret');
  writeFileSync(join(root, 'folder/file'), 'ours');
  symlinkSync(outside, join(root, 'link'));
  const stop = new AbortController();
  const exchange = (from: string, to: string) => renameSync(join(root, from), join(root, to));
  const exchanging = (async () => {
    while (!stop.signal.aborted) {
      exchange('folder', 'aside');
      exchange('link', 'folder');
      await new Promise(setImmediate);
      exchange('folder', 'link');
      exchange('aside', 'folder');
      await new Promise(setImmediate);
    }
  })();
  const read = new Map<string, number>();
  for (let n = 0; n < TRIES; n++) {
    const handle = await openWithin(root, 'folder/file');
    const text = handle ? await handle.readFile('utf8') : 'nothing';
    read.set(text, (read.get(text) ?? 0) + 1);
    await handle?.close();
  }
  stop.abort();
  await exchanging;
  rmSync(place, { recursive: true });
  expect([...read.keys()]).not.toContain('secret');
  expect(read.get('ours')).toBeGreaterThan(0);
});
