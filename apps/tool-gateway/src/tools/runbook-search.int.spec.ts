import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const search = pathToFileURL(join(import.meta.dirname, 'runbook-search.ts')).href;
const program = `
import { searchRunbooks } from ${JSON.stringify(search)};
async function* runbooks() {
  for (let i = 0; i < 200; i++) {
    const beginning = Buffer.from('# The checkout restarts ' + i + '\\n');
    const text = Buffer.concat([beginning, Buffer.alloc(1_000_000, 'x')]).toString('latin1');
    yield { path: i + '.md', text };
  }
}
console.log(JSON.stringify(await searchRunbooks(runbooks(), 'checkout', 2)));
`;

it('GTW-3: a search holds the runbooks that it answers with, and not all it has looked at', () => {
  const argv = ['--max-old-space-size=50', '--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  expect(JSON.parse(stdout || JSON.stringify(stderr))).toMatchObject({
    best: [{ path: '0.md', title: 'The checkout restarts 0' }, { path: '1.md' }],
    leftOut: 198,
  });
});
