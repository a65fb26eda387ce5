import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Destinations } from '../http/destinations.ts';
import { OutgoingHttp } from '../http/outgoing-http.ts';
import { Redactor } from './redactor.ts';
import { MissingCredential, secretReference } from './secret-reference.ts';
import { Secrets } from './secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const redactor = new Redactor();
const env: Record<string, string> = { TOKEN: 'token-in-env', SHORT: 'abc', EMPTY: ' ' };
const http = new OutgoingHttp({ destinations: new Destinations([]) });
const secrets = new Secrets({ env, folder, redactor, http });

describe('secrets', () => {
  it('GTW-8: are read at each call and known to the redactor from then on', async () => {
    writeFileSync(join(folder, 'token'), 'token-in-file\n');
    expect(await secrets.resolve('env:TOKEN')).toBe('token-in-env');
    expect(await secrets.resolve('file:token')).toBe('token-in-file');
    writeFileSync(join(folder, 'token'), 'token-renewed\n');
    expect(await secrets.resolve(`file:${join(folder, 'token')}`)).toBe('token-renewed');
    const text = 'token-in-env token-in-file token-renewed';
    expect(redactor.redact(text)).toBe('[redacted] [redacted] [redacted]');
  });

  it('GTW-8: are known to the redactor before their first use', async () => {
    const fresh = new Redactor();
    const learning = new Secrets({ env, folder, redactor: fresh, http });
    await learning.learn({ a: [{ b: 'env:NOT_SET' }, { secret: 'env:TOKEN' }], c: 1, d: null });
    expect(fresh.redact('token-in-env')).toBe('[redacted]');
  });

  it('GTW-8: are known for good as they were at the start, however often they are renewed', async () => {
    const fresh = new Redactor();
    const learning = new Secrets({ env, folder, redactor: fresh, http });
    writeFileSync(join(folder, 'renewed'), 'token-at-the-start');
    await learning.learn({ token: 'file:renewed' });
    for (let n = 0; n < 30; n++) {
      writeFileSync(join(folder, 'renewed'), `token-renewed-${n}`);
      await learning.resolve('file:renewed');
    }
    expect(fresh.redact('token-at-the-start token-renewed-29')).toBe('[redacted] [redacted]');
  });

  it('GTW-8: stand in headers, with what goes before them', async () => {
    const authorization = { secret: 'env:TOKEN', prefix: 'Bearer ' };
    expect(await secrets.headers({ Authorization: authorization, 'X-Org': 'a' })).toEqual({
      authorization: 'Bearer token-in-env',
      'x-org': 'a',
    });
  });

  it.each(['env:NOT_SET', 'env:EMPTY', 'env:SHORT', 'file:not-there', 'file:.'])(
    'GTW-8: one that is not there says where it was looked for: %s',
    async (reference) => {
      const error = await secrets.resolve(reference).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(MissingCredential);
      expect((error as MissingCredential).toResult()).toMatchObject({
        status: 'failed',
        code: 'missing_credential',
        message: expect.stringContaining(reference),
      });
    },
  );

  it('GTW-8: what stands in place of a reference is not repeated', () => {
    const { error } = secretReference.safeParse('xoxb-the-secret-itself');
    expect(String(error)).toMatch(/neither env:NAME nor file/);
    expect(String(error)).not.toContain('xoxb');
  });
});
