import { freePorts } from '@signalbox/embedded';
import { eventually, startPrometheus, type Peer } from '@signalbox/testing';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAlertmanager } from '../peers/alertmanager.ts';
import { Platform } from '../platform.ts';
import { signalbox } from '../signalbox.ts';
import { storyOf } from '../stories.ts';

interface Problem {
  readonly title: string;
  readonly severity: string;
  readonly status: string;
  readonly first_seen: string;
  readonly last_seen: string;
  readonly reports: number;
  readonly episodes: number;
  readonly signal_id: string;
}

const STEP_MAX_MS = 90_000;
const TITLE = 'Checkout p99 latency above 2 s';

/** What Prometheus scrapes. */
class Target {
  p99Seconds = 0.2;
  readonly #server: Server;

  constructor(port: number) {
    this.#server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(`checkout_p99_seconds ${this.p99Seconds}\n`);
    }).listen(port, '127.0.0.1');
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('a real Prometheus with two Alertmanagers', () => {
  let platform: Platform;
  let folder: string;
  let target: Target;
  let alertmanagers: readonly number[] = [];
  const peers: Peer[] = [];

  beforeAll(async () => {
    platform = await Platform.start({ args: ['--no-sample'] });
    folder = await mkdtemp(join(tmpdir(), 'signalbox-prometheus-'));
    const [targetPort = 0, prometheusPort = 0, ...others] = await freePorts(4);
    alertmanagers = others;
    target = new Target(targetPort);
    const apiKey = (await readFile(join(platform.home, 'api-key'), 'utf8')).trim();
    const webhookUrl = `${platform.url}/api/webhook`;
    for (const port of alertmanagers) {
      const home = join(folder, `alertmanager-${port}`);
      peers.push(await startAlertmanager({ home, port, webhookUrl, apiKey }));
    }
    const prometheus = startPrometheus({
      home: join(folder, 'prometheus'),
      port: prometheusPort,
      target: `127.0.0.1:${targetPort}`,
      alertmanagers: alertmanagers.map((port) => `127.0.0.1:${port}`),
      rule: {
        alert: 'HighLatency',
        // A look at the target that comes to nothing, as this process is busy, is no end of it.
        expr: 'last_over_time(checkout_p99_seconds[5m]) > 2',
        labels: { severity: 'critical', service: 'checkout' },
        annotations: { summary: TITLE },
      },
    });
    peers.push(await prometheus);
  });
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    target?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
    await platform?.stopAndForget();
  });

  const problem = async (): Promise<Problem | undefined> =>
    (await platform.get<Problem[]>('/api/problems')).body[0];
  const problemWhich = (is: (found: Problem) => boolean, what: string): Promise<Problem> =>
    eventually(
      async () => {
        const found = await problem();
        return found !== undefined && is(found) ? found : undefined;
      },
      STEP_MAX_MS,
      what,
    );
  const countOf = async (type: string): Promise<number> =>
    (await platform.get<unknown[]>(`/api/audit?type=${type}`)).body.length;
  /** How often an Alertmanager has told us of something, by its own word. */
  const told = async (port: number): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const line = /^alertmanager_notifications_total\{.*integration="webhook".*\} (\d+)$/m.exec(
      text,
    );
    return Number(line?.[1] ?? 0);
  };

  it('SIG-2, SIG-4: what both of a pair report, again and again, is decided once', async () => {
    target.p99Seconds = 3;
    const opened = await problemWhich(() => true, 'a problem');
    expect(opened).toMatchObject({ title: TITLE, severity: 'critical', status: 'open' });
    const repeated = await problemWhich(({ reports }) => reports >= 6, 'six reports');
    expect(repeated.signal_id).toBe(opened.signal_id);
    expect(Date.parse(repeated.last_seen)).toBeGreaterThan(Date.parse(opened.first_seen));
    for (const port of alertmanagers) expect(await told(port)).toBeGreaterThanOrEqual(2);
    const story = await storyOf(platform, opened.signal_id);
    expect(story.filter(({ type }) => type === 'decision.made')).toMatchObject([
      { data: { outcome: 'run', target: { agent: 'diagnose_repair' } } },
    ]);
    expect(story.find(({ type }) => type === 'signal.received')).toMatchObject({
      data: {
        signal: {
          source: 'alertmanager',
          type: 'HighLatency',
          title: TITLE,
          labels: { alertname: 'HighLatency', service: 'checkout' },
          status: 'firing',
          startsAtKnown: true,
        },
      },
    });
    expect(await countOf('decision.made')).toBe(1);
    expect(await countOf('execution.started')).toBe(1);
  });

  it('SIG-4: signalbox problems shows it, and why tells of its reports in one line', async () => {
    const listed = await signalbox(['problems'], platform.clientEnv);
    expect(listed).toMatchObject({ code: 0 });
    expect(listed.output).toMatch(
      /critical {2}Checkout p99 latency above 2 s\n.*reported \d+ times/,
    );
    const id = (await problem())?.signal_id ?? '';
    const why = await signalbox(['why', id], platform.clientEnv);
    expect(why.output).toContain('problem opened');
    expect(why.output).toMatch(/reported again +\d+ times/);
  });

  it('SIG-2, SIG-4: its end closes the problem, and nothing runs for that', async () => {
    target.p99Seconds = 0.2;
    await problemWhich(({ status }) => status === 'resolved', 'its end');
    // Each of the pair says so, one of them later, and every report before was counted.
    await eventually(
      async () => {
        const [one = 0, other = 0] = await Promise.all(alertmanagers.map(told));
        const { status, reports } = (await problem()) as Problem;
        return status === 'resolved' && reports === one + other - alertmanagers.length;
      },
      STEP_MAX_MS,
      'as many reports as the two have sent',
    );
    // Behind what it decides on.
    await eventually(async () => (await countOf('decision.made')) > 1, STEP_MAX_MS);
    expect(await countOf('decision.made')).toBe(2);
    expect(await countOf('execution.started')).toBe(1);
  });

  it('SIG-4: when it begins again it is decided again', async () => {
    const { signal_id: before } = (await problem()) as Problem;
    target.p99Seconds = 3;
    const again = await problemWhich(({ episodes }) => episodes === 2, 'its second episode');
    expect(again).toMatchObject({ status: 'open', title: TITLE });
    expect(again.signal_id).not.toBe(before);
    await eventually(async () => (await countOf('execution.started')) === 2, STEP_MAX_MS);
  });
});
