import { InMemoryRecentCounts } from '@signalbox/testing';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { TooManyRequests } from '../http/too-many-requests.ts';
import { sourcesSchema } from '../sources/sources.schema.ts';
import { Access } from './access.ts';
import { rateLimitsSchema } from './rate-limits.config.ts';
import { RateLimits, type Counted } from './rate-limits.ts';

const right = { 'x-api-key': 'right' };
const wrong = { 'x-api-key': 'wrong' };
const bearer = { authorization: 'Bearer its-own' };

const sources = sourcesSchema(z.string()).parse({
  sources: { signed: { signature: { scheme: 'bearer', secrets: ['its-own'] } } },
});

interface Asked {
  readonly headers?: IncomingHttpHeaders;
  readonly ip?: string;
  readonly source?: string;
}

function limitsOf(text: string, counts = new InMemoryRecentCounts()) {
  const config = rateLimitsSchema.parse(text);
  const limits = new RateLimits({ config, counts, access: new Access('right'), sources });
  /** 0 when the request goes on, else the seconds to wait. */
  return async (url: string | undefined, asked: Asked = {}): Promise<number> => {
    const { headers = right, ip = '192.0.2.1', source } = asked;
    const routeOptions = { url } as Counted['routeOptions'];
    try {
      await limits.count({ ip, headers, params: { source }, routeOptions });
      return 0;
    } catch (error) {
      if (error instanceof TooManyRequests) return error.retryAfterSeconds;
      throw error;
    }
  };
}

/** How many of a few requests in a row go on. */
async function admitted(ask: () => Promise<number>, tries = 10): Promise<number> {
  let count = 0;
  for (let i = 0; i < tries; i++) if ((await ask()) === 0) count++;
  return count;
}

describe('rate limits', () => {
  const { jest } = import.meta;

  beforeEach(() => void jest.useFakeTimers({ now: 0 }));
  afterEach(() => void jest.useRealTimers());

  it.each([
    ['/api/webhook', 120],
    ['/api/webhook/:source', 120],
    ['/api/chat', 30],
    ['/api/approvals', 60],
    ['/api/approvals/:id', 60],
    ['/api/kill', 5],
    ['/api/resume', 5],
    ['/api/rules', 30],
    ['/api/rules/:id', 30],
    ['/api/agents/:id', 30],
    ['/api/executions/:id/live', 60],
    ['/api/tool-calls', 60],
    ['/api/blobs/:digest', 60],
    ['/api/status', 60],
    ['/api/audit', 30],
  ])('OPS-2: %s takes %i requests a minute by default', async (url, rate) => {
    const ask = limitsOf('');
    expect(await admitted(() => ask(url), rate + 5)).toBe(rate);
  });

  it('OPS-2: says when to come again, and takes requests then', async () => {
    const ask = limitsOf('chat=2');
    expect(await admitted(() => ask('/api/chat'))).toBe(2);
    expect(await ask('/api/chat')).toBe(60);
    jest.advanceTimersByTime(47_500);
    expect(await ask('/api/chat')).toBe(13);
    jest.advanceTimersByTime(12_500);
    expect(await ask('/api/chat')).toBe(0);
  });

  it('OPS-2: counts each address and path for itself', async () => {
    const ask = limitsOf('rules=1');
    expect(await ask('/api/rules')).toBe(0);
    expect(await ask('/api/rules/:id')).toBe(0);
    expect(await ask('/api/rules', { ip: '192.0.2.2' })).toBe(0);
    expect(await ask('/api/rules')).toBe(60);
  });

  it.each([
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['2001:db8::1', '2001:db8:0:0:ffff:1:2:3', true],
    ['2001:db8:0:1::1', '2001:DB8:0:0001:2::', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['::1', '2001::1', false],
    ['192.0.2.1', '192.0.2.10', false],
  ])('OPS-2: %s and %s are one sender: %p', async (one, other, isSame) => {
    const ask = limitsOf('status=1');
    expect(await ask('/api/status', { ip: one })).toBe(0);
    expect(await ask('/api/status', { ip: other })).toBe(isSame ? 60 : 0);
  });

  it('OPS-2: what is not limited stays so: health, and the paths of the story of a signal', async () => {
    const ask = limitsOf('');
    for (const url of ['/', '/livez', '/readyz', '/api/why/:id', undefined])
      expect(await admitted(() => ask(url), 500)).toBe(500);
  });

  it('OPS-2: nobody without the key can use up kill and resume', async () => {
    const ask = limitsOf('');
    for (const url of ['/api/kill', '/api/resume']) {
      await admitted(() => ask(url, { headers: {} }), 50);
      await admitted(() => ask(url, { headers: wrong }), 9);
      expect(await admitted(() => ask(url))).toBe(5);
    }
  });

  it('OPS-2: keys may be guessed a few times only, over all paths', async () => {
    const ask = limitsOf('wrong-keys=3,approvals=0');
    expect(await ask('/api/approvals', { headers: wrong })).toBe(0);
    expect(await ask('/metrics', { headers: wrong })).toBe(0);
    expect(await ask('/api/approvals')).toBe(0);
    expect(await ask('/api/kill', { headers: wrong })).toBe(0);
    for (const url of ['/api/approvals', '/api/kill', '/api/webhook'])
      expect(await ask(url, { headers: wrong })).toBe(60);
    // The one that is right is not told apart from there any more.
    expect(await ask('/api/approvals')).toBe(60);
    expect(await ask('/api/approvals', { ip: '192.0.2.2' })).toBe(0);
    jest.advanceTimersByTime(60_000);
    expect(await ask('/api/approvals')).toBe(0);
  });

  it('OPS-2: alerts and both orders of the kill switch get through from where keys are guessed', async () => {
    const ask = limitsOf('wrong-keys=3');
    await admitted(() => ask('/api/status', { headers: wrong }), 20);
    expect(await ask('/api/status')).toBeGreaterThan(0);
    expect(await ask('/api/webhook')).toBe(0);
    expect(await ask('/api/kill')).toBe(0);
    expect(await ask('/api/resume')).toBe(0);
    // What is guessed there uses up the same count as what is sent.
    await admitted(() => ask('/api/webhook', { headers: wrong }), 200);
    expect(await ask('/api/webhook')).toBe(60);
  });

  it('OPS-2: the proof of a source that signs is no guess at the key', async () => {
    const ask = limitsOf('wrong-keys=1');
    const send = (source: string) => () => ask('/api/webhook/:source', { headers: bearer, source });
    expect(await admitted(send('signed'))).toBe(10);
    expect(await ask('/api/status')).toBe(0);
    expect(await admitted(send('another'))).toBe(1);
    expect(await ask('/api/status')).toBe(60);
  });

  it.each([
    ['/api/webhook', 120],
    ['/api/chat', 30],
    ['/api/approvals', 60],
    ['/api/kill', 5],
    ['/api/resume', 5],
  ])('OPS-2: %s takes %i requests a minute over all replicas', async (url, rate) => {
    const counts = new InMemoryRecentCounts();
    const replicas = [1, 2, 3].map(() => limitsOf('', counts));
    let turn = 0;
    // Alerts may be counted late: by an eighth for each further replica.
    const most = url === '/api/webhook' ? rate * 1.25 : rate;
    const count = await admitted(async () => replicas[turn++ % 3]?.(url) ?? 1, 3 * rate);
    expect(count).toBeGreaterThanOrEqual(rate);
    expect(count).toBeLessThanOrEqual(most);
  });

  it('OPS-2: keys that were guessed at one replica close the others too', async () => {
    const counts = new InMemoryRecentCounts();
    const [one, other] = [limitsOf('wrong-keys=3', counts), limitsOf('wrong-keys=3', counts)];
    await admitted(() => one('/api/status', { headers: wrong }), 3);
    expect(await other('/api/status')).toBe(60);
    expect(await other('/api/kill')).toBe(0);
  });

  it.each([
    ['/api/webhook', 120],
    ['/api/approvals', 60],
    ['/api/kill', 5],
    ['/api/resume', 5],
  ])(
    'OPS-2: %s takes %i requests a minute while replicas cannot count together',
    async (url, rate) => {
      const counts = new InMemoryRecentCounts();
      counts.isAway = true;
      const ask = limitsOf('', counts);
      expect(await admitted(() => ask(url), 3 * rate)).toBe(rate);
      expect(await ask(url)).toBe(60);
      // What was let through meanwhile still counts when they can again.
      counts.isAway = false;
      expect(await ask(url)).toBe(60);
      const guess = limitsOf('', Object.assign(new InMemoryRecentCounts(), { isAway: true }));
      await admitted(() => guess('/metrics', { headers: wrong }), 20);
      expect(await guess('/metrics')).toBe(60);
    },
  );

  it('OPS-2: limits are changed by name, and 0 or off is none', async () => {
    expect(rateLimitsSchema.parse(' chat = 7 ,audit=0,')).toMatchObject({
      chat: 7,
      audit: 0,
      webhook: 120,
    });
    expect(await admitted(() => limitsOf('audit=0')('/api/audit'), 100)).toBe(100);
    const off = limitsOf('off');
    for (const headers of [right, wrong])
      expect(await admitted(() => off('/api/kill', { headers }), 200)).toBe(200);
  });

  it.each([
    'webhok=1',
    'chat',
    'chat=',
    'chat=-1',
    'chat=1.5',
    'chat=many',
    'chat=1;audit=1',
    'on',
  ])('OPS-2: does not start with the limits %j', (config) => {
    const result = rateLimitsSchema.safeParse(config);
    expect(result.error?.issues[0]?.message).toMatch(/is not off or <name>=.*webhook, chat/);
  });
});
