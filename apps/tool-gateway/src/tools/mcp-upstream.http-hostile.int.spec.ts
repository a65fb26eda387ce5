import { Logger } from '@nestjs/common';
import { eventually } from '@signalbox/testing';
import { setTimeout as delay } from 'node:timers/promises';
import type { McpUpstream } from './mcp-upstream.ts';
import { type Peer, type Received, startPeer, toolboxFor } from './peer.fixture.spec.ts';
import { upstreamOf, use } from './upstream.fixture.spec.ts';

type Answer = Exclude<Peer['answer'], Function>;

const logged: string[] = [];
let peer: Peer;
let upstream: McpUpstream;

beforeAll(async () => {
  const warn = (line: string) => void logged.push(line);
  Logger.overrideLogger({ warn, log: () => undefined, error: warn });
  peer = await startPeer();
});
beforeEach(() => {
  logged.splice(0);
  const toolbox = toolboxFor({ allow: [new URL(peer.origin).host] });
  const given = { http: { url: `${peer.origin}/mcp` }, tools: { '*': {} } };
  upstream = upstreamOf('far', given, { toolbox });
});
afterEach(() => upstream.close());
afterAll(() => peer.close());

const RESULTS: Readonly<Record<string, unknown>> = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'far', version: '1' },
  },
  'tools/list': { tools: [{ name: 'go', inputSchema: { type: 'object' } }] },
  ping: {},
};

/** Answers to calls as told, to all else as a server of the older revision. */
function answers(toCall: (id: number) => Answer | Promise<Answer>): Peer['answer'] {
  return ({ method, body }: Received) => {
    if (method !== 'POST') return { code: 405 };
    const { id, method: asked = '' } = JSON.parse(body) as { id?: number; method?: string };
    if (id === undefined) return { code: 202 };
    if (asked === 'tools/call') return toCall(id);
    const result = RESULTS[asked];
    const error = { code: -32601, message: 'no such method' };
    return { body: { jsonrpc: '2.0', id, ...(result ? { result } : { error }) } };
  };
}

const events = (...data: string[]): Answer => ({
  headers: { 'content-type': 'text/event-stream' },
  body: data.map((line) => `data: ${line}\n\n`).join(''),
});
const NOTE =
  '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}';
const answer = (id: number, result: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result });

describe('an answer over HTTP that is no result', () => {
  it.each<[string, (id: number) => Answer, object]>([
    ['401', () => ({ code: 401 }), { status: 'failed', code: 'http_status' }],
    ['403', () => ({ code: 403 }), { status: 'failed', code: 'http_status' }],
    ['429', () => ({ code: 429 }), { status: 'failed', code: 'http_status' }],
    ['503', () => ({ code: 503 }), { status: 'failed', code: 'http_status' }],
    [
      '302',
      () => ({ code: 302, headers: { location: '/mcp' } }),
      { status: 'failed', code: 'redirected' },
    ],
    [
      '307',
      () => ({ code: 307, headers: { location: '/mcp' } }),
      { status: 'failed', code: 'redirected' },
    ],
  ])('GTW-4: %s is told with its status', async (status, toCall, expected) => {
    peer.answer = answers(toCall);
    expect(await use(upstream, 'go')).toMatchObject({
      ...expected,
      message: expect.stringContaining(`HTTP ${status}`),
    });
  });

  it.each<[string, (id: number) => Answer, object]>([
    [
      'a stream that ends before it',
      () => events(NOTE),
      { status: 'interrupted', code: 'upstream_lost' },
    ],
    ['an event that is none', () => events('{'), { status: 'failed', code: 'protocol_error' }],
    ['null', (id) => events(answer(id, null)), { status: 'failed', code: 'protocol_error' }],
    [
      'null as JSON',
      (id) => ({ body: answer(id, null) }),
      { status: 'failed', code: 'protocol_error' },
    ],
    ['no JSON', () => ({ body: '<html>' }), { status: 'failed', code: 'protocol_error' }],
    [
      'too many bytes',
      (id) => events(answer(id, 'y'.repeat(20e6))),
      { status: 'failed', code: 'answer_too_large' },
    ],
    [
      'too many values',
      (id) => ({
        body: answer(id, { content: [], structuredContent: { a: Array(250_001).fill(0) } }),
      }),
      { status: 'failed', code: 'answer_too_large' },
    ],
  ])('GTW-4: %s ends the call at once', async (_, toCall, expected) => {
    peer.answer = answers(toCall);
    expect(await use(upstream, 'go')).toMatchObject(expected);
  });

  it('GTW-4: a server at work on a call is not asked whether it is there', async () => {
    const pings = () => peer.received.filter(({ body }) => body.includes('"method":"ping"')).length;
    const given = { http: { url: `${peer.origin}/mcp` }, tools: { '*': {} }, pingEveryMs: 100 };
    const toolbox = toolboxFor({ allow: [new URL(peer.origin).host] });
    const pinged = upstreamOf('far', given, { toolbox });
    let meanwhile: number | undefined;
    peer.answer = answers(async (id) => {
      const before = pings();
      await delay(1_000);
      meanwhile = pings() - before;
      return { body: answer(id, { content: [] }) };
    });
    expect(await use(pinged, 'go')).toMatchObject({ status: 'succeeded' });
    expect(meanwhile).toBe(0);
    await eventually(() => pings() > 0);
    await pinged.close();
  });

  it('GTW-4: what comes before an answer that is one does no harm', async () => {
    peer.answer = answers((id) => events(...Array(5_000).fill(NOTE), answer(id, { content: [] })));
    expect(await use(upstream, 'go')).toMatchObject({ status: 'succeeded' });
    expect(logged).toEqual([]);
  });

  it('GTW-4: a start that is refused is logged with the status, and waits as long as it was told', async () => {
    peer.answer = { code: 429, headers: { 'retry-after': '7' } };
    await expect(upstream.tools()).rejects.toThrow(/HTTP 429/);
    expect(logged).toEqual([expect.stringMatching(/ not before (6\d{3}|700[01]) ms: .*HTTP 429/)]);
  });
});
