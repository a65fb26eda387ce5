import fc from 'fast-check';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { CallApiTool } from './call-api.tool.ts';
import { call, startPeer, toolboxFor, type Peer } from './peer.fixture.spec.ts';

describe('call_api', () => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await startPeer();
  });
  beforeEach(() => {
    peer.received.splice(0);
    peer.answer = { body: { done: true } };
  });
  afterAll(() => peer.close());

  function toolWith(given: object = {}) {
    const headers = { 'X-Key': { secret: 'env:KEY' } };
    const allow = [
      { url: `${peer.origin}/v1/items`, headers },
      { url: `${peer.origin}/v1/jobs/`, methods: ['POST'], headers, ...given },
    ];
    const { apis } = gatewayConfigSchema.parse({ apis: { allow } });
    const env = { KEY: 'key-of-the-api' };
    const toolbox = toolboxFor({ allow: [new URL(peer.origin).host], env });
    return new CallApiTool(apis, toolbox);
  }
  const url = (path: string) => peer.origin + path;

  it('GTW-3: calls what is listed, with its credentials', async () => {
    const get = { method: 'GET', url: url('/v1/items/7?a=b') };
    expect(toolWith().objectionTo(get)).toBeUndefined();
    expect(await toolWith().run(get, call())).toEqual({
      status: 'succeeded',
      result: {
        configured: true,
        code: 200,
        contentType: 'application/json',
        body: { done: true },
      },
    });
    expect(peer.received[0]?.headers).toMatchObject({ 'x-key': 'key-of-the-api' });
    expect(peer.received[0]?.headers).not.toHaveProperty('idempotency-key');
  });

  it('GTW-6: hands the effect key on', async () => {
    const post = { method: 'POST', url: url('/v1/jobs/'), body: { a: [1] } };
    await toolWith().run(post, call());
    await toolWith({ idempotencyHeader: 'X-Request-Id' }).run(post, call());
    expect(peer.received).toMatchObject([
      { method: 'POST', body: '{"a":[1]}', headers: { 'idempotency-key': 'CALL1' } },
      { headers: { 'x-request-id': 'CALL1' } },
    ]);
  });

  it.each([
    ['POST', '/v1/items'],
    ['GET', '/v1/jobs/'],
    ['GET', '/v1/itemsandmore'],
    ['GET', '/v1'],
    ['GET', '/v1/items/../secrets'],
    ['GET', '/v1/items/%2e%2e/secrets'],
    ['GET', '/v1/items/..%2fsecrets'],
    ['GET', '/v1/items/%252e%252e/secrets'],
    ['GET', '/v1/items/%C0%AE%C0%AE/secrets'],
    ['GET', '/v1/items/%e0%80%ae%e0%80%ae/secrets'],
    ['GET', '/v1/items/..;/secrets'],
    ['GET', '/v1/items\\..\\..\\secrets'],
    ['GET', '/v1/items/%00'],
    ['get', '/v1/items'],
  ])('GTW-5: objects to %s %s', (method, path) => {
    expect(toolWith().objectionTo({ method, url: url(path) })).toMatch(/not under what may/);
  });

  it('GTW-5: objects to another host, port, scheme or user, however the path begins', () => {
    const part = fc.constantFrom('a', 'b.test', '@', ':', '//', '\\', '127.0.0.1', '.', '%40', '#');
    const host = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
    const urls = fc.oneof(
      host.map((text) => `http://${text}/v1/items`),
      host.map((text) => peer.origin + text),
      host.map((text) => peer.origin.replace('//', `//${text}@`)),
    );
    const tool = toolWith();
    fc.assert(
      fc.property(urls, (text) => {
        if (tool.objectionTo({ method: 'GET', url: text }) !== undefined) return;
        const { origin, pathname, username } = new URL(text);
        expect([origin, username]).toEqual([peer.origin, '']);
        expect(pathname).toMatch(/^\/v1\/items(\/|$)/);
      }),
      { numRuns: 2_000 },
    );
    for (const text of ['http://127.0.0.1:1/v1/items', url('/v1/items').replace('http', 'https')]) {
      expect(tool.objectionTo({ method: 'GET', url: text })).toBeDefined();
    }
  });

  it.each([
    ['http_status', { code: 503, body: 'come back later' }],
    ['redirected', { code: 307, headers: { location: '/v1/secrets' } }],
    ['answer_too_large', { body: 'x'.repeat(8_000_001) }],
  ])('GTW-3: names what went wrong: %s', async (code, answer) => {
    peer.answer = answer;
    const result = await toolWith().run({ method: 'GET', url: url('/v1/items') }, call());
    expect(result).toMatchObject({ status: 'failed', code });
    expect(peer.received).toHaveLength(1);
  });

  it('GTW-6: of a change that was made the answer is never too large to say so', async () => {
    peer.answer = { body: 'x'.repeat(8_000_001) };
    const post = { method: 'POST', url: url('/v1/jobs/'), body: {} };
    const result = await toolWith().run(post, call());
    expect(result).toMatchObject({ status: 'succeeded', result: { code: 200, bodyIsCut: true } });
  });

  it.each([
    ['{"id":12345678901234567890}', '{"id":12345678901234567890}'],
    [`[${'[],'.repeat(300_000)}[]]`, `[${'[],'.repeat(300_000)}[]]`],
    ['null', null],
    ['', ''],
  ])('GTW-3: tells an answer as it was written', async (body, told) => {
    peer.answer = { body };
    const get = { method: 'GET', url: url('/v1/items') };
    const result = await toolWith().run(get, call());
    expect(result).toMatchObject({ status: 'succeeded', result: { body: told } });
  });

  it('GTW-3: needs a person by default, and says that it is not configured', async () => {
    expect(toolWith()).toMatchObject({ approvalRequired: true, repeatable: false });
    const tool = new CallApiTool(undefined, toolboxFor({}));
    const get = { method: 'GET', url: url('/v1/items') };
    expect(tool.objectionTo(get)).toBeUndefined();
    expect(await tool.run(get, call())).toMatchObject({ result: { configured: false } });
  });
});
