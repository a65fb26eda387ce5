import { join } from 'node:path';
import type { LoadReport } from './http-load.program.ts';
import { startHttpLoad } from './http-load.ts';
import { inTurns, median, percentile, perSecond, type Bench } from './measure.ts';
import { startApp, startProgram } from './programs.ts';
import { startBroker } from './servers.ts';

const ROUNDS = 3;
const LOAD = { connections: 200, warmUpMs: 500, durationMs: 2_000 };
const API_KEY = 'bench-key';

const body = JSON.stringify({
  source: 'bench',
  event_type: 'HighLatency',
  title: 'Checkout p99 latency above 2 s',
  severity: 'critical',
  payload: {
    service: 'checkout',
    environment: 'production',
    p99_ms: 2410,
    threshold_ms: 2000,
    note: 'Latency rose right after the deployment of 14:02; the error rate is unchanged.',
  },
});

/** The webhook of the real app, against an edge that does nothing and one that does it plainly. */
export const ingestHttp: Bench = async (bed) => {
  const broker = await startBroker(bed);
  const settings = { SIGNALBOX_NATS_URL: broker.url, SIGNALBOX_API_KEY: API_KEY };
  const ingest = await startApp(bed, 'ingest', {
    ...settings,
    SIGNALBOX_PORT: '0',
    SIGNALBOX_RATE_LIMITS: 'off',
    // No router runs here to decide what is sent.
    SIGNALBOX_SOURCE_BACKLOG_MAX: '1000000000',
  });
  const path = join(import.meta.dirname, 'http-reference.program.ts');
  const reference = await startProgram(bed, path, settings);
  const load = await startHttpLoad(bed);
  const post = (url: string) => async (): Promise<LoadReport> => {
    const headers = { 'x-api-key': API_KEY };
    const report = await load({ ...LOAD, url, headers, body });
    if (report.refused > 0) throw new Error(`${url} refused ${report.refused} requests`);
    return report;
  };

  const { echo, publish, webhook } = await inTurns(ROUNDS, {
    echo: post(`${reference.url}/echo`),
    publish: post(`${reference.url}/publish`),
    webhook: post(`${ingest.url}/api/webhook`),
  });
  const published = rateOf(publish);
  return {
    value: rateOf(webhook),
    unit: 'durably accepted/s, 200 connections',
    reference: 'raw Fastify POST echo/s',
    referenceValue: rateOf(echo),
    goal: 'ratio >= 0.35, ratio_one_publish >= 2.5',
    more: {
      p50_ms: latencyOf(webhook, 50),
      p99_ms: latencyOf(webhook, 99),
      reference_p99_ms: latencyOf(echo, 99),
      one_publish_per_request: published,
      one_publish_p99_ms: latencyOf(publish, 99),
      ratio_one_publish: rateOf(webhook) / published,
    },
  };
};

function rateOf(reports: readonly LoadReport[]): number {
  return median(reports.map(({ accepted, durationMs }) => perSecond(accepted, durationMs)));
}

function latencyOf(reports: readonly LoadReport[], p: number): number {
  return median(reports.map(({ latenciesMs }) => percentile(latenciesMs, p)));
}
