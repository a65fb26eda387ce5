import { allEvents } from '@signalbox/contracts';
import { SystemClock } from '@signalbox/kernel';
import { JetStreamEventStore } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from '../main.ts';
import { halt, resume, typesOf } from '../toolcall/gateway.fixture.spec.ts';
import { startPeer, type Peer } from '../tools/peer.fixture.spec.ts';

const SECRET = 'canary-of-the-edge';
const PER_MINUTE = 60;
const folder = mkdtempSync(join(tmpdir(), 'signalbox-edge-'));

const configurationOf = ({ origin }: Peer, edge: string) => `
http: { allow: ['${new URL(origin).host}'] }
apis: { approval: false, allow: [{ url: '${origin}', methods: [POST] }] }
${edge}
policy:
  allow:
    - { caller: execute, tools: [get_system_metrics, call_api] }
    - { caller: execute, tools: [generate_report], callsPerMinute: 1 }
`;

describe('the HTTP edge of the gateway', () => {
  let nats: TestNats;
  let api: Peer;
  let gateway: RunningService;
  let store: JetStreamEventStore;

  beforeAll(async () => {
    nats = await startTestNats();
    api = await startPeer();
    const { connection, env } = nats;
    const clock = new SystemClock();
    store = new JetStreamEventStore({
      connection,
      env,
      clock,
      source: 'spec',
      definitions: allEvents,
    });
    gateway = await startWith('edge: { port: 0, secret: env:EDGE_SECRET }');
  });
  afterAll(async () => {
    await gateway.stop();
    await nats.stop();
    api.close();
    rmSync(folder, { recursive: true });
  });

  function startWith(edge: string): Promise<RunningService> {
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, configurationOf(api, edge));
    return start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: nats.env,
      SIGNALBOX_GATEWAY_CONFIG: file,
      SIGNALBOX_HOME: folder,
      SIGNALBOX_LOG_LEVEL: 'error',
      EDGE_SECRET: SECRET,
    });
  }

  async function post(
    body: unknown,
    authorization = `Bearer ${SECRET}`,
    contentType = 'application/json',
  ) {
    const answer = await fetch(`${gateway.url}/execute`, {
      method: 'POST',
      headers: { authorization, 'content-type': contentType },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const said = (await answer.json()) as object;
    return { status: answer.status, said, retryAfter: answer.headers.get('retry-after') };
  }

  const metrics = { tool_name: 'get_system_metrics', arguments: { query: 'up' } };
  const callApi = () => ({
    tool_name: 'call_api',
    arguments: { method: 'POST', url: `${api.origin}/`, body: { a: 1 } },
  });

  it('GTW-2: is bound to loopback and says to anybody which tools there are', async () => {
    expect(gateway.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    const answer = await fetch(`${gateway.url}/health`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'ok',
      registered_tools: expect.arrayContaining(['get_system_metrics', 'call_api']),
    });
  });

  it('GTW-2: answers with the object of the tool', async () => {
    expect(await post(metrics)).toMatchObject({ status: 200, said: { configured: false } });
  });

  it('GTW-2: a call is claimed and recorded like any other', async () => {
    api.answer = { body: { done: true } };
    expect(await post(callApi())).toMatchObject({ status: 200, said: { body: { done: true } } });
    const callId = String(api.received.at(-1)?.headers['idempotency-key']);
    expect(await typesOf(store, callId)).toEqual(['toolcall.claimed', 'toolcall.succeeded']);
  });

  it.each(['Bearer wrong', 'Bearer', '', `Basic ${SECRET}`, `Bearer ${SECRET}x`])(
    'GTW-2: 403 with the authorization %j',
    async (authorization) => {
      expect(await post(metrics, authorization)).toMatchObject({
        status: 403,
        said: { detail: expect.stringContaining('Forbidden') },
      });
    },
  );

  it('GTW-2: 404 for a tool that is not there, in the words of the contract', async () => {
    expect(await post({ tool_name: 'none', arguments: {} })).toMatchObject({
      status: 404,
      said: { detail: "Tool 'none' is not registered on this gateway." },
    });
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no name', { arguments: {} }],
    ['a name of odd characters', { tool_name: 'a b', arguments: {} }],
    ['a long name', { tool_name: 'a'.repeat(101), arguments: {} }],
    ['arguments that are none', { tool_name: 'get_system_metrics', arguments: 'up' }],
    ['arguments that do not fit', { tool_name: 'get_system_metrics', arguments: { q: 1 } }],
  ])('GTW-2: 422 with %s', async (_, body) => {
    expect(await post(body)).toMatchObject({ status: 422, said: { detail: expect.any(String) } });
  });

  it.each([
    [
      'a field that there is none of',
      '{"tool_name":"call_api","argument":{"url":"x"}}',
      /argument/,
    ],
    ['a number that is not kept', '{"tool_name":"call_api","arguments":{"a":[1e999]}}', /a\.0/],
    [
      'a whole number beyond those that are kept',
      '{"tool_name":"call_api","arguments":{"body":{"id":12345678901234567890}}}',
      /body\.id.* as text/,
    ],
  ])('GTW-2: 422 with %s, named', async (_, body, named) => {
    const { status, said } = await post(body);
    expect(status).toBe(422);
    expect(JSON.stringify(said)).toMatch(named);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'tool_name=call_api&arguments[url]=x'],
    ['text/plain', JSON.stringify(metrics)],
    ['multipart/form-data; boundary=a', '--a--'],
  ])('GTW-2: 415 for %s, and nothing is called', async (contentType, body) => {
    const { status, said } = await post(body, undefined, contentType);
    expect(status).toBe(415);
    expect(said).toMatchObject({ detail: expect.stringContaining('application/json') });
  });

  it.each([101, 10_000, 90_000])('GTW-2: 422 with arguments %i deep', async (depth) => {
    const deep = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const answer = await post(`{"tool_name":"get_system_metrics","arguments":${deep}}`);
    expect(answer).toMatchObject({ status: 422, said: { errors: [{ field: 'arguments' }] } });
  });

  it('GTW-5: 403 with the clause when a call is refused', async () => {
    const logs = { tool_name: 'get_recent_logs', arguments: { file: 'a.log' } };
    expect(await post(logs)).toMatchObject({ status: 403, said: { clause: 'not_allowed' } });
  });

  it('GTW-2: 500 when the tool fails', async () => {
    api.answer = { code: 500, body: `broken ${SECRET}` };
    const { status, said } = await post(callApi());
    expect({ status, said }).toMatchObject({ status: 500, said: { code: 'http_status' } });
    expect(JSON.stringify(said)).not.toContain(SECRET);
  });

  it('GTW-2: 500 with the id of the call when nobody can say what it did', async () => {
    api.answer = () => 'lost';
    const { status, said } = await post(callApi());
    const callId = api.received.at(-1)?.headers['idempotency-key'];
    expect({ status, said }).toMatchObject({
      status: 500,
      said: { code: 'unknown', call_id: callId },
    });
    expect(await typesOf(store, String(callId))).toEqual(['toolcall.claimed', 'toolcall.unknown']);
  });

  it('GTW-5: 429 with when to come back, above the limit of the policy', async () => {
    const limited = { tool_name: 'generate_report', arguments: {} };
    await post(limited);
    expect(await post(limited)).toMatchObject({
      status: 429,
      said: { clause: 'too_many_calls', retry_after_seconds: 60 },
      retryAfter: '60',
    });
  });

  it('CTL-1: 503 while the kill switch is on', async () => {
    await halt(store);
    expect(await post(metrics)).toMatchObject({ status: 503, said: { clause: 'halted' } });
    await resume(store);
    // The gateway hears of it a moment later than the stream has it.
    await eventually(async () => (await post(metrics)).status === 200);
  });

  it('GTW-2: 429 above the limit, whatever the secret, in the shape of the contract', async () => {
    let refused = 0;
    while ((await post(metrics, 'Bearer wrong')).status === 403) refused++;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(PER_MINUTE);
    expect(await post(metrics)).toEqual({
      status: 429,
      said: {
        error: 'Rate limit exceeded. Max 60 requests/minute.',
        retry_after_seconds: 60,
      },
      retryAfter: '60',
    });
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  });

  it('GTW-2: lets go of whoever does not send the whole of a request', async () => {
    const servers: Server[] = [];
    // https://nodejs.org/api/diagnostics_channel.html#http
    const note = (message: unknown) => servers.push((message as { server: Server }).server);
    subscribe('http.server.request.start', note);
    await fetch(`${gateway.url}/health`);
    unsubscribe('http.server.request.start', note);
    // A minute is too long for a test to wait; Node's own limit is another.
    expect(servers.map(({ requestTimeout }) => requestTimeout)).toEqual([60_000]);
  });

  it('GTW-1: opens no port unless it is configured', async () => {
    const other = await startWith('');
    expect(other.url).toBeUndefined();
    await other.stop();
  });
});
