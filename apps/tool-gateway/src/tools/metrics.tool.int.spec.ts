import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { MetricsTool } from './metrics.tool.ts';
import { call, startPeer, toolboxFor, type Peer } from './peer.fixture.spec.ts';

/** Shapes of https://prometheus.io/docs/prometheus/latest/querying/api, from a stand-in. */
const vector = {
  status: 'success',
  data: {
    resultType: 'vector',
    result: [
      { metric: { __name__: 'up', job: 'prometheus' }, value: [1435781451.781, '1'] },
      { metric: { __name__: 'up', job: 'node' }, value: [1435781451.781, '0'] },
    ],
  },
};
const matrix = {
  status: 'success',
  data: {
    resultType: 'matrix',
    result: [
      {
        metric: { job: 'node' },
        values: [
          [1435781430.781, '1'],
          [1435781445.781, '+Inf'],
          [1435781460.781, '3'],
        ],
      },
    ],
  },
  warnings: ['results truncated due to limit'],
};

describe('get_system_metrics', () => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await startPeer();
  });
  beforeEach(() => {
    peer.received.splice(0);
    peer.answer = { body: vector };
  });
  afterAll(() => peer.close());

  function toolWith(given: object = {}, allow = [new URL(peer.origin).host]) {
    const { prometheus } = gatewayConfigSchema.parse({
      prometheus: { url: `${peer.origin}/prom/`, ...given },
    });
    return new MetricsTool(prometheus, toolboxFor({ allow, env: { TOKEN: 'token-of-metrics' } }));
  }

  it('GTW-3: gives the values of now', async () => {
    const headers = { Authorization: { secret: 'env:TOKEN', prefix: 'Bearer ' } };
    expect(await toolWith({ headers }).run({ query: 'up' }, call())).toEqual({
      status: 'succeeded',
      result: {
        configured: true,
        query: 'up',
        series: [
          { labels: { __name__: 'up', job: 'prometheus' }, value: '1' },
          { labels: { __name__: 'up', job: 'node' }, value: '0' },
        ],
      },
    });
    const [request] = peer.received;
    expect(request?.url.pathname).toBe('/prom/api/v1/query');
    expect(Object.fromEntries(request?.url.searchParams ?? [])).toEqual({
      query: 'up',
      limit: '20',
      time: '1767268800',
    });
    expect(request?.headers.authorization).toBe('Bearer token-of-metrics');
  });

  it('GTW-3: sums up a range', async () => {
    peer.answer = { body: matrix };
    expect(await toolWith().run({ query: 'load', minutes: 60 }, call())).toMatchObject({
      result: {
        minutes: 60,
        series: [{ labels: { job: 'node' }, points: 2, last: 3, min: 1, max: 3, mean: 2 }],
        warnings: matrix.warnings,
      },
    });
    expect(Object.fromEntries(peer.received[0]?.url.searchParams ?? [])).toMatchObject({
      start: '1767265200',
      end: '1767268800',
      step: '30',
    });
  });

  it('GTW-3: shows as many series as it may, and says how many are left out', async () => {
    const result = await toolWith({ seriesMax: 1 }).run({ query: 'up' }, call());
    expect(result).toMatchObject({ result: { series: [{ value: '1' }], seriesLeftOut: 1 } });
  });

  it('takes a scalar', async () => {
    peer.answer = { body: { data: { resultType: 'scalar', result: [1, '42'] } } };
    expect(await toolWith().run({ query: '42' }, call())).toMatchObject({
      result: { value: '42' },
    });
  });

  it.each([
    ['http_status', { code: 400, body: { status: 'error', error: 'parse error' } }],
    ['redirected', { code: 302, headers: { location: 'http://127.0.0.1/' } }],
    ['unexpected_answer', { body: '<html>' }],
    ['unexpected_answer', { body: { data: { resultType: 'matrix', result: [{ metric: 1 }] } } }],
    [
      'unexpected_answer',
      {
        body: {
          data: {
            resultType: 'vector',
            result: Array.from({ length: 250_000 }, () => ({ metric: {} })),
          },
        },
      },
    ],
    ['answer_too_large', { body: 'x'.repeat(4_000_001) }],
  ])('GTW-3: names what went wrong: %s', async (code, answer) => {
    peer.answer = answer;
    const result = await toolWith().run({ query: 'up' }, call());
    expect(result).toMatchObject({ status: 'failed', code });
  });

  it('GTW-7: asks no Prometheus that is not listed', async () => {
    const result = await toolWith({}, []).run({ query: 'up' }, call());
    expect(result).toMatchObject({ status: 'failed', code: 'host_not_allowed' });
    expect(peer.received).toEqual([]);
  });

  it('GTW-3: says that it is not configured', async () => {
    const result = await new MetricsTool(undefined, toolboxFor({})).run({ query: 'up' }, call());
    expect(result).toMatchObject({ status: 'succeeded', result: { configured: false } });
  });
});
