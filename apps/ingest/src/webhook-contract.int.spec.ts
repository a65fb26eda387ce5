import { newId } from '@signalbox/kernel';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { callEdge, KEY, startBench, type Answer, type Bench } from './ingest.fixture.spec.ts';

const signal = {
  source: 'datadog',
  event_type: 'alert',
  title: 'High CPU on web-server-03',
  severity: 'critical',
  payload: { host: 'web-server-03', cpu_percent: 97.3, duration_minutes: 5 },
};

const keys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i]));
/** A payload of so many bytes as JSON. */
const bytes = (count: number) => ({ a: 'x'.repeat(count - '{"a":""}'.length) });

describe('the contract of POST /api/webhook', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.stop());

  /** Calls to an edge that has counted nothing yet, nor has any that it counts with. */
  const fresh = async (env: Record<string, string> = {}) => {
    const apart = { SIGNALBOX_RATE_LIMITS: '', SIGNALBOX_ENV: `t-${newId().toLowerCase()}` };
    const { url } = await bench.another({ ...apart, ...env });
    return (path: string, headers = {}, body?: unknown): Promise<Answer> =>
      callEdge(`${url}${path}`, { method: body === undefined ? 'GET' : 'POST', body, headers });
  };

  it('OPS-2: 503 without a configured key', async () => {
    const call = await fresh({ SIGNALBOX_API_KEY: '' });
    expect(await call('/api/webhook', {}, signal)).toMatchObject({
      status: 503,
      body: { status: 503, detail: expect.stringContaining('SIGNALBOX_API_KEY') },
    });
  });

  const sendWith = (headers: Record<string, string>) =>
    bench.call('/api/webhook', {
      method: 'POST',
      body: signal,
      headers: { 'x-stourio-key': undefined, ...headers },
    });

  it('OPS-1: 401 without the header, 403 with a wrong key', async () => {
    expect(await sendWith({})).toMatchObject({
      status: 401,
      body: { status: 401, detail: 'Missing X-STOURIO-KEY header.' },
    });
    expect(await sendWith({ 'x-stourio-key': 'x' })).toMatchObject({
      status: 403,
      body: { status: 403, detail: 'Forbidden: the API key is wrong.' },
    });
  });

  it.each([
    ['X-STOURIO-KEY', { 'x-stourio-key': KEY }],
    ['X-API-Key', { 'x-api-key': KEY }],
    ['a bearer token', { authorization: `Bearer ${KEY}` }],
  ])('OPS-1: 202 with the key as %s', async (_name, headers) => {
    const { status, body } = await sendWith(headers);
    expect(status).toBe(202);
    expect(body).toEqual({
      status: 'queued',
      message: 'Signal accepted for correlation.',
      signal_id: expect.any(String),
    });
  });

  it.each([
    ['source of 100', { source: 's'.repeat(100) }, 202],
    ['source of 101', { source: 's'.repeat(101) }, 422],
    ['event_type of 100', { event_type: 'e'.repeat(100) }, 202],
    ['event_type of 101', { event_type: 'e'.repeat(101) }, 422],
    ['title of 1000', { title: 't'.repeat(1000) }, 202],
    ['title of 1001', { title: 't'.repeat(1001) }, 422],
    ['severity of 20', { severity: 's'.repeat(20) }, 202],
    ['severity of 21', { severity: 's'.repeat(21) }, 422],
    ['severity that is not there', { severity: undefined }, 202],
    ['payload of 50 keys', { payload: keys(50) }, 202],
    ['payload of 51 keys', { payload: keys(51) }, 422],
    ['payload of 65536 bytes', { payload: bytes(65_536) }, 202],
    ['payload of 65537 bytes', { payload: bytes(65_537) }, 413],
  ])('SIG-1: takes or refuses a %s', async (name, changed, status) => {
    const body = { ...signal, ...changed };
    const answer = await bench.call('/api/webhook', { method: 'POST', body });
    expect(answer.status).toBe(status);
    const errors = (answer.body['errors'] ?? []) as { field: string }[];
    const blamed = status === 202 ? [] : [name.split(' ')[0]];
    expect(errors.map(({ field }) => field)).toEqual(blamed);
  });

  it('OPS-2: 429 after 120 requests in a minute, with the time to wait', async () => {
    const call = await fresh();
    // What is refused for another reason was asked all the same.
    for (let i = 0; i < 60; i++) expect((await call('/api/webhook', {}, '{')).status).toBe(400);
    for (let i = 0; i < 60; i++) expect((await call('/api/webhook', {}, signal)).status).toBe(202);
    const { status, headers, body } = await call('/api/webhook', {}, signal);
    expect(status).toBe(429);
    expect(body).toMatchObject({
      type: 'urn:signalbox:problem:rate-limit-exceeded',
      status: 429,
      detail: 'Rate limit exceeded. Max 120 requests/minute for this endpoint.',
      retry_after_seconds: expect.any(Number),
    });
    const seconds = body['retry_after_seconds'] as number;
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(headers.get('retry-after')).toBe(String(seconds));
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    // Another path has a count of its own, and the path of a source is one whatever the source.
    expect((await call('/api/webhook/a', {}, signal)).status).toBe(202);
    for (let i = 0; i < 119; i++) await call(`/api/webhook/s${i}`, {}, '{');
    expect((await call('/api/webhook/b', {}, signal)).status).toBe(429);
  });

  it('OPS-2: a limit that is refused reads no body', async () => {
    const call = await fresh({ SIGNALBOX_RATE_LIMITS: 'webhook=1' });
    expect((await call('/api/webhook', {}, signal)).status).toBe(202);
    expect((await call('/api/webhook', {}, 'x'.repeat(10_000_000))).status).toBe(429);
  });

  it('OPS-2: the kill switch can be turned from where others use it without the key', async () => {
    const call = await fresh();
    for (let i = 0; i < 20; i++)
      expect((await call('/api/kill', { 'x-stourio-key': undefined }, {})).status).toBe(401);
    for (let i = 0; i < 30; i++) await call('/api/kill', { 'x-stourio-key': `guess ${i}` }, {});
    expect((await call('/api/status')).status).toBe(429);
    for (let i = 0; i < 5; i++) expect((await call('/api/kill', {}, {})).status).toBe(200);
    expect(await call('/api/kill', {}, {})).toMatchObject({
      status: 429,
      body: { detail: 'Rate limit exceeded. Max 5 requests/minute for this endpoint.' },
    });
    const other = await fresh();
    expect((await other('/api/resume', {}, {})).status).toBe(200);
  });

  it('OPS-2: believes X-Forwarded-For of a trusted proxy, and of nobody else', async () => {
    const limit = { SIGNALBOX_RATE_LIMITS: 'status=1' };
    const forwarded = (address: string) => ({ 'x-forwarded-for': address });
    const direct = await fresh(limit);
    expect((await direct('/api/status', forwarded('192.0.2.1'))).status).toBe(200);
    expect((await direct('/api/status', forwarded('192.0.2.2'))).status).toBe(429);
    const behind = await fresh({ ...limit, SIGNALBOX_TRUSTED_PROXIES: 'loopback' });
    expect((await behind('/api/status', forwarded('192.0.2.1'))).status).toBe(200);
    expect((await behind('/api/status', forwarded('192.0.2.2'))).status).toBe(200);
    // What the sender itself wrote there stands before what the proxy saw.
    expect((await behind('/api/status', forwarded('192.0.2.9, 192.0.2.2'))).status).toBe(429);
  });

  it('SIG-1: a client that reads only once it has sent everything sees why it is refused', async () => {
    const { url = '' } = await bench.another({});
    for (let tries = 0; tries < 3; tries++) {
      const answer = await sendThenRead(url, Buffer.alloc(20 * 1024 * 1024, 'x'));
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toContain('urn:signalbox:problem:body-too-large');
    }
  });
});

/** Rejects when the server closes the connection before it has everything. */
function sendThenRead(url: string, body: Buffer): Promise<string> {
  const { hostname: host, port } = new URL(url);
  const head = [
    'POST /api/webhook HTTP/1.1',
    `host: ${host}`,
    `x-api-key: ${KEY}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    '\r\n',
  ].join('\r\n');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) });
    socket.once('error', reject);
    socket.pause();
    socket.write(head);
    socket.write(body, () => void text(socket).then(resolve, reject));
  });
}
