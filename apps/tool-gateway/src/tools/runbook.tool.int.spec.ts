import { schemaValidator } from '@signalbox/json-schema';
import type { JsonObject } from '@signalbox/kernel';
import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunbookTool } from './runbook.tool.ts';

const base = mkdtempSync(join(tmpdir(), 'signalbox-runbooks-'));
const folder = join(base, 'runbooks');
const CANARY = 'canary that is outside';
const PARTS = [
  '..',
  '.',
  '/',
  '//',
  '\\',
  '\0',
  '%2e',
  '~',
  'up',
  'loop',
  'shop',
  '.hidden',
  'link.md',
  'secret.md',
  'runbooks',
  'runbooks-of-others',
  'theirs.md',
  'checkout.md',
  '.md',
  '．．',
];

beforeAll(() => {
  mkdirSync(join(folder, 'shop', '.hidden'), { recursive: true });
  mkdirSync(join(base, 'runbooks-of-others'));
  const write = (path: string, text: string) => writeFileSync(join(base, path), text);
  write('secret.md', CANARY);
  write('runbooks-of-others/theirs.md', CANARY);
  write('runbooks/checkout.md', '# Checkout is slow\n\none\ntwo\nRestart the pods.\nthree\nfour\n');
  write('runbooks/shop/payments.md', 'No heading.\nRestart payments, restart it, restart it.\n');
  write('runbooks/shop/.hidden/x.md', 'Restart checkout hidden');
  write('runbooks/notes.txt', 'Restart checkout');
  write('runbooks/long.md', `# Long\n${'a line of the runbook\n'.repeat(5_000)}`);
  write('runbooks/huge.md', 'x'.repeat(1_000_001));
  write('runbooks/empty.md', '');
  write('runbooks/binary.md', '\u0000\uFFFE\u0000');
  symlinkSync(join(base, 'secret.md'), join(folder, 'link.md'));
  symlinkSync(base, join(folder, 'up'));
  symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
  symlinkSync('checkout.md', join(folder, 'alias.md'));
});
afterAll(() => rmSync(base, { recursive: true }));

const tool = new RunbookTool({ folder: './runbooks' }, { folder: base });
const ask = (given: JsonObject, of = tool, { signal } = new AbortController()) =>
  of.run(given, { signal });

describe('read_internal_runbook', () => {
  it('GTW-3: finds runbooks by words, those with most of them first, with the lines around', async () => {
    expect(await ask({ query: 'restart the CHECKOUT!' })).toMatchObject({
      status: 'succeeded',
      result: {
        configured: true,
        leftOut: 0,
        runbooks: [
          { path: 'checkout.md', title: 'Checkout is slow', wordsFound: 3 },
          { path: 'alias.md', wordsFound: 3 },
          { path: 'long.md', wordsFound: 1 },
          { path: 'shop/payments.md', title: 'shop/payments.md', wordsFound: 1 },
        ],
      },
    });
    const pods = await ask({ query: 'pods' });
    expect(pods).toMatchObject({
      result: {
        runbooks: [
          {
            path: 'alias.md',
            excerpts: [{ line: 3, text: 'one\ntwo\nRestart the pods.\nthree\nfour' }],
          },
          { path: 'checkout.md' },
        ],
      },
    });
    expect(await ask({ query: 'unheard' })).toMatchObject({
      result: { runbooks: [] },
    });
  });

  it('GTW-3: reads one by its path', async () => {
    const payments = await ask({ path: 'shop/payments.md' });
    expect(payments).toMatchObject({ status: 'succeeded', result: { path: 'shop/payments.md' } });
    expect(payments).not.toHaveProperty('result.nextLine');
    expect(await ask({ path: './shop/../checkout.md' })).toMatchObject({
      result: { title: 'Checkout is slow', text: expect.stringContaining('Restart the pods.') },
    });
  });

  it('GTW-3: reads a long one in parts', async () => {
    let text = '';
    let fromLine: number | undefined = 1;
    for (let parts = 0; fromLine !== undefined; parts++) {
      expect(parts).toBeLessThan(5);
      const answer = await ask({ path: 'long.md', fromLine });
      if (answer.status !== 'succeeded') throw new Error(answer.message);
      const part = answer.result as { text: string; nextLine?: number };
      expect(part.text.length).toBeLessThanOrEqual(40_000);
      text += `${part.text}\n`;
      fromLine = part.nextLine;
    }
    expect(text.match(/a line of the runbook/g)).toHaveLength(5_000);
  });

  it.each([
    '../secret.md',
    'link.md',
    'up/secret.md',
    'up/runbooks-of-others/theirs.md',
    '../runbooks-of-others/theirs.md',
    '/etc/passwd',
    '/etc/hostname.md',
    'notes.txt',
    'loop/x.md',
    'gone.md',
    'checkout.md\0.md',
    '../secret.md\0',
    '..\\secret.md',
    '%2e%2e/secret.md',
    '.',
    'shop',
    'x'.repeat(500),
  ])('GTW-7: has no runbook %j', async (path) => {
    const answer = await ask({ path });
    expect(answer).toMatchObject({ status: 'failed', code: 'no_such_runbook' });
    expect(JSON.stringify(answer)).not.toContain(CANARY);
    expect(JSON.stringify(answer)).toContain('shop/payments.md');
  });

  it('GTW-7: a path leads nowhere else, however it is put together', async () => {
    const part = fc.constantFrom(...PARTS);
    const paths = fc.array(part, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(paths, fc.constantFrom('/', ''), async (parts, between) => {
        const answer = await ask({ path: parts.join(between) });
        expect(JSON.stringify(answer)).not.toContain(CANARY);
        const { code } = { code: 'no_such_runbook', ...answer };
        expect(code).toBe('no_such_runbook');
      }),
      { numRuns: 2_000 },
    );
  });

  it('GTW-7: a search finds nothing outside, whatever is asked', async () => {
    for (const query of [
      'canary',
      'canary outside',
      '../secret',
      '.*',
      '\\',
      '(((((',
      '💥',
      '\0',
    ]) {
      const answer = await ask({ query });
      expect(answer.status).toBe('succeeded');
      expect(JSON.stringify(answer)).not.toContain(CANARY);
    }
  });

  it('GTW-3: says that one is too large', async () => {
    expect(await ask({ path: 'huge.md' })).toMatchObject({
      status: 'failed',
      code: 'runbook_too_large',
    });
  });

  it('GTW-3: has empty ones as well', async () => {
    expect(await ask({ path: 'empty.md' })).toMatchObject({ result: { text: '' } });
    expect(await ask({ query: 'empty' })).toMatchObject({
      result: { runbooks: [{ path: 'empty.md', wordsFound: 1 }] },
    });
  });

  it('CTL-1: stops to search when it is told to', async () => {
    const halt = new AbortController();
    const answer = ask({ query: 'restart' }, tool, halt);
    halt.abort();
    expect(await answer).toMatchObject({ status: 'failed', code: 'cancelled' });
  });

  it('GTW-3: says that there is nothing when the folder is gone', async () => {
    const nowhere = new RunbookTool({ folder: './gone' }, { folder: base });
    expect(await ask({ query: 'x' }, nowhere)).toMatchObject({ result: { runbooks: [] } });
    expect(await ask({ path: 'x.md' }, nowhere)).toMatchObject({ code: 'no_such_runbook' });
  });

  it('GTW-3: says that it is not configured', async () => {
    const none = new RunbookTool(undefined, { folder: base });
    expect(await ask({ query: 'x' }, none)).toMatchObject({ result: { configured: false } });
  });

  it('GTW-5: takes words or a path, not both', () => {
    const problemOf = schemaValidator(tool.definition.inputSchema, 'arguments');
    expect(problemOf({ query: 'a' })).toBeUndefined();
    for (const wrong of [{}, { query: 'a', path: 'b' }, { path: '' }, { query: 'a', x: 1 }]) {
      expect(problemOf(wrong)).toBeDefined();
    }
  });
});
