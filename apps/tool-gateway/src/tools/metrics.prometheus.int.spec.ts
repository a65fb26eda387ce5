import { freePorts } from '@signalbox/embedded';
import { eventually, startPrometheus, type Peer as Server } from '@signalbox/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolResult } from '../ports/tool.port.ts';
import { MetricsTool, prometheusConfig } from './metrics.tool.ts';
import { call, startPeer, toolboxFor, type Peer } from './peer.fixture.spec.ts';

const SCRAPED_WITHIN_MS = 60_000;

describe('get_system_metrics with a real Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-metrics-'));
  let target: Peer;
  let prometheus: Server;
  let tool: MetricsTool;

  beforeAll(async () => {
    target = await startPeer();
    target.answer = {
      headers: { 'content-type': 'text/plain; version=0.0.4' },
      body: 'checkout_p99_seconds{region="eu"} 2.5\ncheckout_p99_seconds{region="us"} 0.5\n',
    };
    const [port = 0] = await freePorts(1);
    prometheus = await startPrometheus({
      home: join(folder, 'prometheus'),
      port,
      target: new URL(target.origin).host,
    });
    const clock = { now: () => new Date() };
    const toolbox = { ...toolboxFor({ allow: [`127.0.0.1:${port}`] }), clock };
    tool = new MetricsTool(prometheusConfig.parse({ url: `http://127.0.0.1:${port}` }), toolbox);
    await eventually(
      async () => seriesIn(await ask('checkout_p99_seconds')) === 2,
      SCRAPED_WITHIN_MS,
    );
  });
  afterAll(async () => {
    await prometheus?.stop();
    target?.close();
    rmSync(folder, { recursive: true });
  });

  const ask = (query: string, minutes?: number) =>
    tool.run(minutes === undefined ? { query } : { query, minutes }, call());

  function seriesIn(answer: ToolResult): number | undefined {
    if (answer.status !== 'succeeded') throw new Error(answer.message);
    return (answer.result as { series?: unknown[] }).series?.length;
  }

  it('GTW-3: tells the values now', async () => {
    expect(await ask('checkout_p99_seconds{region="eu"}')).toMatchObject({
      status: 'succeeded',
      result: {
        series: [{ labels: { region: 'eu', job: 'spec' }, value: '2.5' }],
      },
    });
    expect(await ask('max(checkout_p99_seconds) - 2')).toMatchObject({
      result: { series: [{ labels: {}, value: '0.5' }] },
    });
    expect(await ask('scalar(vector(7))')).toMatchObject({ result: { value: '7' } });
  });

  it('GTW-3: sums up a range', async () => {
    expect(await ask('checkout_p99_seconds{region="us"}', 5)).toMatchObject({
      status: 'succeeded',
      result: { minutes: 5, series: [{ labels: { region: 'us' }, last: 0.5, min: 0.5, max: 0.5 }] },
    });
  });

  it('GTW-3: says what is wrong with a query', async () => {
    expect(await ask('sum(')).toMatchObject({
      status: 'failed',
      code: 'http_status',
      message: expect.stringMatching(/^Prometheus answered 400: .*parse error/),
    });
  });

  it('GTW-7: takes what is no query for what it is', async () => {
    const hostile = ['up\n# x', 'up & limit=1', '{__name__=~".+"', '../../admin', '\u0000', '💥'];
    for (const query of hostile) {
      const answer = await ask(query);
      expect(answer.status === 'succeeded' || answer.code === 'http_status').toBe(true);
    }
  });
});
