import fc from 'fast-check';
import { Destinations, destinationList } from '../http/destinations.ts';
import { OutgoingHttp } from '../http/outgoing-http.ts';
import { LOGIN, startStandInStore, type StandInStore } from './kv-store.fixture.spec.ts';
import { kvStoresConfig } from './kv-store.schema.ts';
import { Redactor } from './redactor.ts';
import { secretReference } from './secret-reference.ts';
import { Secrets } from './secrets.ts';

const env: Record<string, string> = {
  STORE_TOKEN: 'hvs.static-token',
  ROLE: LOGIN.role_id,
  SECRET: LOGIN.secret_id,
};
const appRole = { roleId: 'env:ROLE', secretId: 'env:SECRET' };
const WEBHOOK = 'vault:kv/team/slack#webhook';

describe('secrets in a KV store', () => {
  let store: StandInStore;
  let redactor: Redactor;
  beforeEach(async () => {
    store = await startStandInStore();
    store.held.set('team/slack', { webhook: 'the-webhook', short: 'abc', n: 12_345_678 });
    redactor = new Redactor();
  });
  afterEach(() => store.close());

  const logins = () => store.asked.filter((line) => line.startsWith('POST')).length;

  function secretsWith(login: object, allow = [new URL(store.url).host]) {
    const http = new OutgoingHttp({ destinations: new Destinations(destinationList.parse(allow)) });
    const stores = kvStoresConfig.parse({
      vault: { url: `${store.url}/`, ...login },
      bao: { url: store.url, namespace: 'team-a', ...login },
    });
    return new Secrets({ env, folder: '/', redactor, http, stores });
  }

  it('GTW-8: are read with a token at each call, and known to the redactor', async () => {
    store.tokens.add('hvs.static-token');
    const secrets = secretsWith({ token: 'env:STORE_TOKEN' });
    expect(await secrets.resolve(WEBHOOK)).toBe('the-webhook');
    store.held.set('team/slack', { webhook: 'the-renewed-webhook' });
    expect(await secrets.resolve('bao:kv/team/slack#webhook')).toBe('the-renewed-webhook');
    expect(store.asked).toEqual(['GET /v1/kv/data/team/slack', 'GET /v1/kv/data/team/slack']);
    expect(store.namespaces).toEqual([undefined, 'team-a']);
    expect(redactor.redact('the-webhook the-renewed-webhook hvs.static-token')).toBe(
      '[redacted] [redacted] [redacted]',
    );
  });

  it('GTW-8: are read with an AppRole, whose login is used until it is refused', async () => {
    const secrets = secretsWith({ appRole });
    await secrets.resolve(WEBHOOK);
    await secrets.resolve(WEBHOOK);
    store.tokens.clear();
    expect(await secrets.resolve(WEBHOOK)).toBe('the-webhook');
    const [login, read] = ['POST /v1/auth/approle/login', 'GET /v1/kv/data/team/slack'];
    expect(store.asked).toEqual([login, read, read, read, login, read]);
    expect(redactor.redact([...store.tokens].join())).toBe('[redacted]');
  });

  it('GTW-8: a path that the store denies costs one login more at most, however often it is asked', async () => {
    const secrets = secretsWith({ appRole });
    await secrets.resolve(WEBHOOK);
    store.denied.add('team/slack');
    for (let n = 0; n < 10; n++) {
      await expect(secrets.resolve(WEBHOOK)).rejects.toMatchObject({
        code: 'credential_forbidden',
      });
    }
    expect(logins()).toBeLessThanOrEqual(2);
  });

  it('GTW-8: readers whose login was refused log in once between them', async () => {
    const secrets = secretsWith({ appRole });
    await secrets.resolve(WEBHOOK);
    store.tokens.clear();
    const read = await Promise.all(Array.from({ length: 20 }, () => secrets.resolve(WEBHOOK)));
    expect(new Set(read)).toEqual(new Set(['the-webhook']));
    expect(logins()).toBe(2);
  });

  it('GTW-8: a login is not used beyond its lease', async () => {
    store.leaseSeconds = 0.001;
    const secrets = secretsWith({ appRole });
    await secrets.resolve(WEBHOOK);
    await secrets.resolve(WEBHOOK);
    expect(logins()).toBe(2);
  });

  it('GTW-8: calls at the same time log in once', async () => {
    const secrets = secretsWith({ appRole });
    await Promise.all([1, 2, 3, 4].map(() => secrets.resolve(WEBHOOK)));
    expect(logins()).toBe(1);
  });

  it.each([
    ['missing_credential', 'vault:kv/team/gone#webhook'],
    ['missing_credential', 'vault:kv/team/slack#gone'],
    ['missing_credential', 'vault:kv/team/slack#n'],
    ['missing_credential', 'vault:kv/team/slack#short'],
  ])('GTW-8: one that is not there is a %s: %s', async (code, reference) => {
    await expect(secretsWith({ appRole }).resolve(reference)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(reference),
    });
  });

  it('GTW-8: tells a refusal from a store that is away', async () => {
    await expect(secretsWith({ token: 'env:STORE_TOKEN' }).resolve(WEBHOOK)).rejects.toMatchObject({
      code: 'credential_forbidden',
    });
    const wrong = { ...appRole, secretId: 'env:STORE_TOKEN' };
    await expect(secretsWith({ appRole: wrong }).resolve(WEBHOOK)).rejects.toMatchObject({
      code: 'credential_forbidden',
      message: 'The credential store vault: the login is refused.',
    });
    const secrets = secretsWith({ appRole });
    for (const broken of [
      { code: 503, body: '{"errors":["Vault is sealed"]}' },
      { code: 302, body: '' },
      { code: 200, body: '<html>the-webhook' },
      { code: 200, body: '{"auth":{"client_token":1}}' },
      { code: 200, body: 'x'.repeat(1_000_001) },
    ]) {
      store.broken = broken;
      const error: unknown = await secrets.resolve(WEBHOOK).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'credential_store_unavailable' });
      expect(String(error)).not.toContain('the-webhook');
    }
    store.broken = undefined;
    expect(await secrets.resolve(WEBHOOK)).toBe('the-webhook');
    store.close();
    await expect(secrets.resolve(WEBHOOK)).rejects.toMatchObject({
      code: 'credential_store_unavailable',
    });
  });

  it('GTW-7: a store that is not listed under http.allow is not asked', async () => {
    await expect(secretsWith({ appRole }, []).resolve(WEBHOOK)).rejects.toThrow(/http\.allow/);
    expect(store.asked).toEqual([]);
  });

  it('GTW-8: are not there when no store is configured', async () => {
    const http = new OutgoingHttp({ destinations: new Destinations([]) });
    const secrets = new Secrets({ env, folder: '/', redactor, http });
    await expect(secrets.resolve(WEBHOOK)).rejects.toMatchObject({ code: 'missing_credential' });
  });

  it.each([
    'vault:kv/../sys/seal#x',
    'vault:kv/.#x',
    'vault:kv#x',
    'vault:/kv/a#x',
    'vault:kv/a',
    'vault:kv/a#',
    'vault:kv/a?x=1#b',
    'vault:kv/a%2f..#b',
    'vault:kv//a#b',
    'consul:kv/a#b',
  ])('GTW-7: leads nowhere else: %s', (reference) => {
    expect(secretReference.safeParse(reference).success).toBe(false);
  });

  it('GTW-7: a reference that is taken asks for what it says', () => {
    const part = fc.constantFrom(
      'kv',
      'a',
      '..',
      '.',
      '/',
      '#',
      '?',
      '%2e',
      '\\',
      '@',
      ':',
      'é',
      ' ',
    );
    const places = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(places, (place) => {
        if (!secretReference.safeParse(`vault:kv/${place}`).success) return;
        const [path = ''] = place.split('#');
        const url = new URL(`http://vault.test/v1/kv/data/${path}`);
        expect(url.href).toBe(`http://vault.test/v1/kv/data/${path}`);
      }),
      { numRuns: 5_000 },
    );
  });

  it('GTW-8: what opens a store is not in a store', () => {
    const config = { vault: { url: store.url, token: WEBHOOK } };
    expect(kvStoresConfig.safeParse(config).success).toBe(false);
    expect(kvStoresConfig.safeParse({ vault: { url: store.url } }).success).toBe(false);
  });
});
