import { newId } from '@signalbox/kernel';
import { callEdge, startBench, type Bench } from '../ingest.fixture.spec.ts';

/** More than any limit that is asked for here. */
const TRIES = 200;
/** Settings are read once, so these limits are those of one spec. */
const LIMITS = 'approvals=10,kill=5,webhook=80,wrong-keys=4';

const signal = { source: 'datadog', event_type: 'alert', title: 'High CPU', payload: {} };

describe('rate limits over two replicas of the edge', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.stop());

  /** The addresses of two edges that count together, and for nobody else. */
  const replicas = async (): Promise<readonly string[]> => {
    const env = { SIGNALBOX_RATE_LIMITS: LIMITS, SIGNALBOX_ENV: `t-${newId().toLowerCase()}` };
    const edges = [await bench.another(env), await bench.another(env)];
    return edges.map(({ url }) => url ?? '');
  };
  const get = { method: 'GET' };
  const kill = { method: 'POST', body: {} };
  const alert = { method: 'POST', body: signal };

  /** How many are not answered 429 of many that come at once, now here, now there. */
  const passed = async (urls: readonly string[], path: string, call: object) => {
    const answers = await Promise.all(
      Array.from({ length: TRIES }, (_, i) => callEdge(`${urls[i % urls.length]}${path}`, call)),
    );
    return answers.filter(({ status }) => status !== 429).length;
  };

  it('OPS-2: kill and approvals let through as many as one would, exactly', async () => {
    const urls = await replicas();
    expect(await passed(urls, '/api/kill', kill)).toBe(5);
    expect(await passed(urls, '/api/approvals', get)).toBe(10);
  });

  it('OPS-2: what one replica has let through counts at the other, with the time to wait', async () => {
    const [one = '', other = ''] = await replicas();
    for (let i = 0; i < 5; i++) expect((await callEdge(`${one}/api/kill`, kill)).status).toBe(200);
    const { status, headers, body } = await callEdge(`${other}/api/kill`, kill);
    expect(status).toBe(429);
    expect(body).toMatchObject({
      detail: 'Rate limit exceeded. Max 5 requests/minute for this endpoint.',
      retry_after_seconds: Number(headers.get('retry-after')),
    });
    expect(body['retry_after_seconds']).toBeGreaterThan(45);
    expect(body['retry_after_seconds']).toBeLessThanOrEqual(60);
  });

  it('OPS-2: alerts let through an eighth more at most', async () => {
    const count = await passed(await replicas(), '/api/webhook', alert);
    expect(count).toBeGreaterThanOrEqual(80);
    expect(count).toBeLessThanOrEqual(90);
  });

  it('OPS-2: keys that were guessed at one replica close the other', async () => {
    const [one = '', other = ''] = await replicas();
    const wrong = { method: 'GET', headers: { 'x-stourio-key': 'guessed' } };
    for (let i = 0; i < 4; i++) {
      expect((await callEdge(`${one}/api/audit`, wrong)).status).toBe(403);
    }
    expect((await callEdge(`${other}/api/audit`, wrong)).status).toBe(429);
    // Which is the right one is not told there either.
    expect((await callEdge(`${other}/api/audit`)).status).toBe(429);
  });

  it('OPS-2: each replica holds its limits alone while NATS does not answer', async () => {
    const [one = '', other = ''] = await replicas();
    bench.nats.suspend();
    try {
      const alone = [one, other].map((url) => passed([url], '/api/kill', kill));
      expect(await Promise.all(alone)).toEqual([5, 5]);
    } finally {
      bench.nats.resume();
    }
  });
});
