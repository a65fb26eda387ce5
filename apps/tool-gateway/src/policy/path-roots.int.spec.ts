import { InMemoryRecentCounts } from '@signalbox/testing';
import fc from 'fast-check';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PathRoots } from './path-roots.ts';
import { Policy } from './policy.ts';
import { policySchema } from './policy.schema.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox-roots-')));
const root = join(folder, 'data');
const counts = new InMemoryRecentCounts();
let roots: PathRoots;

beforeAll(() => {
  mkdirSync(join(root, 'sub', 'caf\u00e9'), { recursive: true });
  mkdirSync(join(folder, 'data2', 'deep'), { recursive: true });
  mkdirSync(join(folder, 'Data3'));
  writeFileSync(join(root, 'a.md'), 'a');
  writeFileSync(join(folder, 'secret'), 'canary');
  symlinkSync(join(folder, 'secret'), join(root, 'link'));
  symlinkSync(join(folder, 'data2', 'deep'), join(root, 'out'));
  symlinkSync(join(root, 'sub'), join(root, 'in'));
  symlinkSync(join(folder, 'not-yet'), join(root, 'dangling'));
  symlinkSync(root, join(folder, 'way-in'));
  roots = new PathRoots([root]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const at = (path: string) => path.replace('@', root);

describe('path roots', () => {
  it.each([
    '@',
    '@/',
    '@/a.md',
    '@//sub/./caf\u00e9',
    '@/in/x',
    '@/sub/../a.md',
    '@/not/there/yet',
    '@/100%/a b',
    '@/../way-in/a.md',
    '@/out/../../data/a.md',
  ])('GTW-7: %s is within', (path) => {
    expect(roots.objectionTo(at(path))).toBeUndefined();
  });

  it.each([
    '/',
    '/etc/passwd',
    '@/..',
    '@/../secret',
    '@2/deep',
    '@/link',
    '@/out/x',
    '@/out/../secret',
    '@/in/../../secret',
    '@/dangling',
    '@/dangling/x',
    '@/not/../../secret',
    '@/not/../a.md',
    '@/a.md/x',
    '@/\u2024\u2024/secret',
    '@/sub\uff0f..\uff0f..\uff0fsecret',
    '@/\uff0e\uff0e/secret',
    '@\\..\\secret',
    '@/sub\u2215..\u2215..\u2215secret',
    '@/sub\u29f8..\u2044..\u2571secret',
    '@/.\u200b./secret',
    '@/\u00ad.\ufeff.\u034f/secret',
    '@/..\uff3c..\uff3csecret',
    '@/sub\u2216..\ufe68secret',
    '@/%2e%2E/secret',
    '@/sub/..%2F..%5csecret',
    '@/%252e%252e/secret',
    '@/a.md\0/../../secret',
    '@/a.md\n',
    '@/\u001b[2Ka.md',
    '/proc/self/root@/a.md',
    '/proc/../proc/1/root@/a.md',
    '/proc/thread-self/cwd/../../../../../../../../../..@/a.md',
    'a.md',
    '',
    '~/a.md',
    'file:///etc/passwd',
  ])('GTW-7: %j is not', (path) => {
    expect(roots.objectionTo(at(path))).toEqual(expect.any(String));
  });

  it('GTW-7: case is the file system’s', () => {
    const upper = root.replace(/data$/, 'DATA');
    expect(roots.objectionTo(join(upper, 'a.md'))).toMatch(/is not within/);
  });

  it('GTW-7: no path gets out, however a program reads it', () => {
    const names = [
      '..',
      '.',
      '',
      '/',
      'sub',
      'in',
      'out',
      'link',
      'dangling',
      'a.md',
      'new',
      'data2',
    ];
    const odd = ['\uff0e\uff0e', '\u2025', '%2e%2e', '..;', '\0', '\\', 'caf\u00e9', 'cafe\u0301'];
    const piece = fc.constantFrom(...names, ...odd);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const path = `${root}/${pieces.join('/')}`;
        if (roots.objectionTo(path) !== undefined) return;
        for (const reading of [path, resolve(path), path.normalize('NFKC')]) {
          expect(`${nearestReal(reading)}/`).toContain(`${root}/`);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('GTW-5: a call names its paths, alone or in a list, in the argument that is judged', async () => {
    const file = join(folder, 'gateway.yaml');
    const paths = { path: ['./data'], paths: ['./data'] };
    const allow = [{ caller: '*', tools: ['*'], paths }];
    const policy = new Policy(policySchema.parse({ allow }), { environment: 'test', file, counts });
    const inputSchema = { properties: { path: {}, paths: {} } };
    const verdict = (given: object) =>
      policy.verdictOn({ caller: 'a', tool: 't', arguments: { ...given }, inputSchema });
    const inside = join(root, 'a.md');
    const outside = join(folder, 'secret');
    expect(await verdict({ path: inside })).toMatchObject({ allowed: true });
    expect(await verdict({ paths: [inside, root] })).toMatchObject({ allowed: true });
    expect(await verdict({ paths: [inside, outside] })).toEqual({
      allowed: false,
      clause: 'path_not_allowed',
      message: `paths: ${JSON.stringify(outside)} is not within ${root}.`,
    });
    expect(await verdict({ path: inside, paths: outside })).toMatchObject({ allowed: false });
    expect(await verdict({ file: inside })).toMatchObject({ clause: 'path_not_allowed' });
  });

  it('GTW-5: a root that is not there is an error of the configuration, with file and field', () => {
    const file = join(folder, 'gateway.yaml');
    const allow = [{ caller: 'a', tools: ['t'], paths: { path: ['./gone'] } }];
    const make = () =>
      new Policy(policySchema.parse({ allow }), { environment: 'test', file, counts });
    expect(make).toThrow(/gateway\.yaml: policy\.allow\.0\.paths\.path: ENOENT.*gone/);
  });
});

/** The deepest part of a path that is there, as the system sees it. */
function nearestReal(path: string): string {
  for (let end = path; ; end = end.slice(0, end.lastIndexOf('/'))) {
    try {
      return realpathSync(end || '/');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}
