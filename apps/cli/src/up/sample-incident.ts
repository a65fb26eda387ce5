import type { Accepted, Chain } from '../client/api.ts';
import type { ApiClient } from '../client/api-client.ts';
import { detailLines, eventLine, type Paper } from '../why/event-line.ts';
import { setTimeout as delay } from 'node:timers/promises';

export interface SampleScreen {
  readonly terminal: Paper;
  /** How whoever reads this calls the commands. */
  readonly command: string;
  /** Resolves when nobody wants to see more. */
  readonly interrupted: Promise<undefined>;
}

const POLL_MS = 200;
/** Where nobody looks at a screen, lines still stay lines. */
const COLUMNS = 140;

/** What a monitoring system would send: one alert, as Alertmanager's webhook writes it. */
const sampleAlert = {
  version: '4',
  status: 'firing',
  receiver: 'signalbox',
  groupKey: '{}:{alertname="HighLatency"}',
  groupLabels: { alertname: 'HighLatency' },
  commonLabels: { alertname: 'HighLatency', service: 'checkout', severity: 'critical' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager.example',
  truncatedAlerts: 0,
};

const ends = /^execution\.(completed|failed|halted|rejected)$/;

/** Sends one alert, prints each event as it is recorded, and says how to go on. */
export async function showSampleIncident(
  client: ApiClient,
  { terminal, command, interrupted }: SampleScreen,
): Promise<void> {
  const paper = { paint: terminal.paint, columns: terminal.columns ?? COLUMNS };
  let over = false;
  void interrupted.then(() => (over = true));
  const { signal_id: signalId } = await sendSample(client);
  console.log(`\nSample incident ${signalId}: an alert says that checkout is slow.\n`);
  let seen = 0;
  while (!over) {
    const { events } = await chainOf(client, signalId);
    for (const event of events.slice(seen)) {
      console.log(eventLine(event, paper));
      if (event.type === 'toolcall.succeeded') {
        for (const line of detailLines(event, paper)) console.log(line);
      }
      if (event.type === 'approval.requested') sayHowToApprove(event.aggregate_id, command);
      if (ends.test(event.type)) {
        sayWhatNext(signalId, command);
        over = true;
      }
    }
    seen = events.length;
    await delay(POLL_MS);
  }
}

async function chainOf(client: ApiClient, signalId: string): Promise<Pick<Chain, 'events'>> {
  try {
    return await client.call<Chain>(`/api/why/${signalId}`);
  } catch {
    // Not projected yet, or Postgres is away for a moment; the next look tells.
    return { events: [] };
  }
}

function sendSample(client: ApiClient): Promise<Accepted> {
  const startsAt = new Date().toISOString();
  const alert = {
    status: 'firing',
    labels: { ...sampleAlert.commonLabels, env: 'production' },
    annotations: { summary: 'Checkout p99 latency above 2 s', value: '2.41' },
    startsAt,
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus.example/graph',
    fingerprint: 'c0ffee0000000001',
  };
  return client.call<Accepted>('/api/webhook', {
    method: 'POST',
    body: JSON.stringify({ ...sampleAlert, alerts: [alert] }),
  });
}

function sayHowToApprove(approvalId: string, command: string): void {
  console.log(`
  It waits for you. In another terminal, in this folder:
    ${command} approve ${approvalId}
`);
}

function sayWhatNext(signalId: string, command: string): void {
  console.log(`
  See why it did what it did:  ${command} why ${signalId}
  Send an alert of your own:   ${command} send --title "Disk almost full" --severity warning
`);
}
