import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { schemaValidator } from '@signalbox/json-schema';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { LogsTool } from './logs.tool.ts';
import { call, startPeer, toolboxFor, type Peer } from './peer.fixture.spec.ts';

const home = mkdtempSync(join(tmpdir(), 'signalbox-logs-'));
const folder = join(home, 'logs');
afterAll(() => rmSync(home, { recursive: true }));

function toolFor(logs: object | undefined, allow: readonly string[] = [], env = {}) {
  const { logs: config } = gatewayConfigSchema.parse(logs ? { logs } : {});
  return new LogsTool(config, toolboxFor({ allow, env, folder: home }));
}

describe('get_recent_logs from files', () => {
  const tool = toolFor({ folder: './logs' });
  beforeAll(() => {
    mkdirSync(join(folder, 'old'), { recursive: true });
    mkdirSync(join(home, 'logs-of-others'));
    writeFileSync(join(folder, 'app.log'), 'one error\ntwo\nthree error\n');
    writeFileSync(join(folder, 'old', 'app.log'), 'before\r\n');
    writeFileSync(join(home, 'secret'), 'secret');
    writeFileSync(join(home, 'logs-of-others', 'secret'), 'secret');
    symlinkSync(join(home, 'secret'), join(folder, 'link'));
    symlinkSync(home, join(folder, 'up'));
    symlinkSync('app.log', join(folder, 'current'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
  });

  it.each([
    [{ file: 'app.log' }, ['one error', 'two', 'three error'], 3],
    [{ file: 'app.log', limit: 1 }, ['three error'], 3],
    [{ file: 'app.log', contains: 'error' }, ['one error', 'three error'], 2],
    [{ file: 'app.log', contains: '.*' }, [], 0],
    [{ file: 'old/app.log' }, ['before'], 1],
    [{ file: 'current', contains: 'two' }, ['two'], 1],
  ])('GTW-3: %j', async (given, lines, found) => {
    expect(await tool.run(given, call())).toEqual({
      status: 'succeeded',
      result: { configured: true, lines, found, bytesNotRead: 0 },
    });
  });

  it.each([
    '../secret',
    'link',
    'up/secret',
    'old/../../secret',
    '../logs-of-others/secret',
    '/etc/passwd',
    'pipe',
    'old',
    '.',
    'app.log\0',
    'x'.repeat(500),
  ])('GTW-7: does not read %j', async (file) => {
    const result = await tool.run({ file }, call());
    expect(result).toMatchObject({ status: 'failed', code: 'no_such_log' });
    expect(JSON.stringify(result)).toContain('There are: app.log.');
  });

  it('GTW-3: reads the end of a large file, and cuts long lines', async () => {
    writeFileSync(join(folder, 'large'), `${'x'.repeat(9_000_000)}\n${'y'.repeat(2_000)}\nlast`);
    const result = await tool.run({ file: 'large' }, call());
    rmSync(join(folder, 'large'));
    expect(result).toMatchObject({ result: { found: 2, bytesNotRead: 1_002_006 } });
    expect(result).toMatchObject({ result: { lines: [`${'y'.repeat(1_000)}…`, 'last'] } });
  });
});

describe('get_recent_logs from Loki', () => {
  /** Shapes of https://grafana.com/docs/loki/latest/reference/loki-http-api, from a stand-in. */
  let peer: Peer;
  beforeAll(async () => {
    peer = await startPeer();
  });
  beforeEach(() => peer.received.splice(0));
  afterAll(() => peer.close());

  const toolWith = () => {
    const headers = { 'X-Scope-OrgID': 'tenant', Authorization: { secret: 'env:LOKI' } };
    const allow = [new URL(peer.origin).host];
    return toolFor({ loki: { url: peer.origin, headers } }, allow, { LOKI: 'loki-token' });
  };

  it('GTW-3: puts the lines of all streams in the order of time', async () => {
    const streams = [
      [
        { app: 'a' },
        [
          ['1735732800000000003', 'third'],
          ['1735732800000000001', 'first'],
        ],
      ],
      [{ app: 'b' }, [['1735732800000000002', 'second', { trace: 'x' }]]],
    ].map(([stream, values]) => ({ stream, values }));
    peer.answer = { body: { status: 'success', data: { resultType: 'streams', result: streams } } };
    const given = { query: '{app=~".+"}', contains: 'a "b" \\', minutes: 1, limit: 2 };
    expect(await toolWith().run(given, call())).toMatchObject({
      status: 'succeeded',
      result: {
        configured: true,
        lines: [
          { at: '2025-01-01T12:00:00.000Z', labels: { app: 'b' }, line: 'second' },
          { labels: { app: 'a' }, line: 'third' },
        ],
      },
    });
    const [{ url, headers } = { url: new URL(peer.origin), headers: {} }] = peer.received;
    expect(url.pathname).toBe('/loki/api/v1/query_range');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      query: '{app=~".+"} |= "a \\"b\\" \\\\"',
      start: '1767268740000000000',
      end: '1767268800000000000',
      limit: '2',
      direction: 'backward',
    });
    expect(headers).toMatchObject({ 'x-scope-orgid': 'tenant', authorization: 'loki-token' });
  });

  const streamsOf = (values: readonly unknown[]) => ({
    data: { resultType: 'streams', result: [{ stream: {}, values }] },
  });

  it.each([
    ['http_status', { code: 400, body: 'parse error at line 1' }],
    ['unexpected_answer', { body: { data: { resultType: 'matrix', result: [] } } }],
    ['unexpected_answer', { body: streamsOf(Array.from({ length: 250_000 }, () => ['1', ''])) }],
  ])('GTW-3: names what went wrong: %s', async (code, answer) => {
    peer.answer = answer;
    const result = await toolWith().run({ query: '{a="b"}' }, call());
    expect(result).toMatchObject({ status: 'failed', code });
  });

  it.each([
    [undefined, { query: '{a="b"}' }],
    [{ folder: 'logs' }, { query: '{a="b"}' }],
    [{ loki: { url: 'http://127.0.0.1:1' } }, { file: 'app.log' }],
  ])('GTW-3: says what is not configured: %j, %j', async (config, given) => {
    const result = await toolFor(config).run(given, call());
    expect(result).toMatchObject({ status: 'succeeded', result: { configured: false } });
  });

  it('takes either a query or a file', () => {
    const problemOf = schemaValidator(toolFor(undefined).definition.inputSchema, 'arguments');
    expect(problemOf({ query: 'a' })).toBeUndefined();
    expect(problemOf({ file: 'a' })).toBeUndefined();
    expect(problemOf({ query: 'a', file: 'a' })).toBeDefined();
    expect(problemOf({})).toBeDefined();
  });
});
