import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { freePorts } from '@signalbox/embedded';
import { newId } from '@signalbox/kernel';
import { Postgres } from '@signalbox/postgres';
import { eventually } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EchoServer } from '../canaries/echo-server.ts';
import {
  foundIn,
  keptInDatabase,
  keptInLogs,
  keptInStreams,
  listenTo,
  type Kept,
} from '../canaries/kept.ts';
import { fillSlots, type Canaries, type Slots } from '../canaries/slots.ts';
import { ChatServer, sendReply } from '../model/chat-server.ts';
import { isRouting, resultsIn, routedTo, textOf, type ToolCall } from '../model/conversation.ts';
import { Platform } from '../platform.ts';
import { endOf, eventOf, isEnd, storyOf } from '../stories.ts';

const END_MAX_MS = 240_000;
const notification = { title: 'A', text: 'a', severity: 'error' };

/** Each of them fails, most of them with the credential that they were given. */
const uses: readonly ToolCall[] = [
  { name: 'near__get-env', arguments: {} },
  { name: 'own', arguments: {} },
  { name: 'get_system_metrics', arguments: { query: 'up' } },
  { name: 'get_recent_logs', arguments: { query: '{app="a"}' } },
  ...['chat', 'oncall', 'hook', 'mail'].map((channel) => ({
    name: 'send_notification',
    arguments: { channel, ...notification },
  })),
  { name: 'call_api', arguments: { method: 'POST', url: 'ECHO/api', body: { say: 'no' } } },
  { name: 'call_api', arguments: { method: 'POST', url: 'ECHO/api', body: { say: 'be well' } } },
  { name: 'call_api', arguments: { method: 'GET', url: 'ECHO/stored' } },
  { name: 'execute_remediation', arguments: { command: 'leak', target: 'x' } },
  { name: 'execute_remediation', arguments: { command: 'job', target: 'x' } },
];
const agent = {
  id: 'prober',
  name: 'Prober',
  role: 'You are prober.',
  tools: [...new Set(uses.map(({ name }) => name))],
  max_steps: uses.length + 2,
};

/** Those that a peer gets to see, so that this test did use them. */
const sentOut =
  'API_HEADER MCP_HEADER PROMETHEUS LOKI SLACK PAGERDUTY WEBHOOK_HEADER VAULT_TOKEN RUNNER'.split(
    ' ',
  );

describe('credentials', () => {
  const bed = new AsyncDisposableStack();
  const prompts: Kept[] = [];
  const answers: Kept[] = [];
  let echo: EchoServer;
  let platform: Platform;
  let slots: Slots;
  let canaries: Canaries;
  let connection: NatsConnection;
  let heard: readonly Kept[];
  let modelKeySeen = false;

  const startModel = () =>
    ChatServer.start(async (asked, response) => {
      const { authorization = '', ...rest } = response.req.headers;
      modelKeySeen ||= authorization.includes(slots.canaries.MODEL_KEY ?? 'none');
      prompts.push({ place: 'a prompt', text: JSON.stringify({ rest, asked }) });
      const text = textOf(asked);
      if (text.includes('router key') || (text.includes('agent key') && !isRouting(asked))) {
        response.writeHead(401, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message: `Incorrect API key: ${authorization}` } }));
        return;
      }
      if (isRouting(asked)) return sendReply(response, routedTo('prober', 'Probe.'));
      const use = uses[resultsIn(asked)];
      if (!use) return sendReply(response, { text: 'All was tried.' });
      const given = JSON.stringify(use.arguments).replace('ECHO', echo.url);
      const call = { ...use, arguments: JSON.parse(given) as object };
      return sendReply(response, { calls: [call] });
    });

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-canaries-'));
    bed.defer(() => rm(folder, { recursive: true, force: true }));
    echo = await EchoServer.start();
    bed.defer(() => echo.stop());
    const model = await startModel();
    bed.defer(() => model.stop());
    const [edgePort = 0] = await freePorts(1);
    const home = join(folder, 'home');
    const peers = { echoUrl: echo.url, modelUrl: model.baseUrl, edgePort };
    slots = await fillSlots({ folder, home }, peers);
    const args = ['--no-sample', '--processes'];
    platform = await Platform.start({ args, env: slots.env, home });
    bed.defer(async () => void (await platform.stop()));
    const { password } = new URL((await platform.endpoints()).database);
    canaries = { ...slots.canaries, DATABASE: decodeURIComponent(password) };
    connection = await connect(await platform.natsAsService());
    bed.defer(() => connection.close());
    heard = listenTo(connection);
    const made = await platform.post('/api/agents', agent);
    if (made.status >= 300) throw new Error(JSON.stringify(made.body));
  });
  afterAll(() => bed.disposeAsync());

  const send = async (
    source: string,
    title: string,
    headersOf: (body: string) => Record<string, string>,
  ) => {
    const body = JSON.stringify({ source, event_type: 'Case', title });
    const sent = await platform.post<{ signal_id?: string }>(`/api/webhook/${source}`, body, {
      'x-stourio-key': '',
      ...headersOf(body),
    });
    answers.push({ place: `the answer to ${title}`, text: JSON.stringify(sent.body) });
    return sent.body.signal_id ?? '';
  };
  const signed =
    (secret = '') =>
    (body: string) => ({
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      'x-github-event': 'ping',
    });
  const bearer =
    (secret = '') =>
    () => ({ authorization: `Bearer ${secret}` });

  /** Until the router knows the agent. */
  const begin = (title: string) =>
    eventually(
      async () => {
        const id = await send('token', `${title} ${newId()}`, bearer(canaries.SOURCE_BEARER));
        const { data } = await eventOf(platform, id, 'decision.made');
        return data['executionId'] !== undefined && id;
      },
      END_MAX_MS,
      'a run of prober',
    );

  const execute = async (tool_name: string, secret = canaries.EDGE) => {
    const answer = await fetch(`${slots.edgeUrl}/execute`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool_name, arguments: {} }),
    });
    const text = await answer.text();
    answers.push({ place: `the answer of /execute to ${tool_name}`, text });
    return answer.status;
  };

  const approveUntilEnd = (signalId: string) =>
    eventually(
      async () => {
        const { body } = await platform.get<{ id: string }[]>('/api/approvals');
        for (const { id } of body) await platform.post(`/api/approvals/${id}`, { approved: true });
        return (await storyOf(platform, signalId)).some(isEnd);
      },
      END_MAX_MS,
      'the end of the run',
    );

  const everything = async (): Promise<readonly Kept[]> => {
    const metrics = await fetch(`${platform.url}/metrics`, {
      headers: { 'x-stourio-key': canaries.API_KEY ?? '' },
    });
    expect(metrics.status).toBe(200);
    return [
      ...prompts,
      ...answers,
      ...heard,
      ...(await keptInStreams(connection)),
      ...(await keptInDatabase((await platform.endpoints()).database)),
      ...(await keptInLogs(join(platform.home, 'logs'))),
      { place: 'what the launcher prints', text: platform.output },
      { place: '/metrics', text: await metrics.text() },
    ];
  };

  it('GTW-8: are used by what they are for, whatever fails with them', async () => {
    const signalId = await begin('probe');
    await send('token', 'refused', bearer('wrong'));
    await send('github', 'signed', signed(canaries.SOURCE_GITHUB));
    await send('github', 'forged', signed('wrong'));
    await send('token', 'router key', bearer(canaries.SOURCE_BEARER));
    await eventOf(platform, await begin('agent key'), 'execution.model_failed');
    await approveUntilEnd(signalId);
    // Whether the last one, a job, has begun after all nobody can say.
    const end = await endOf(platform, signalId);
    expect(end).toMatchObject({ data: { reason: 'outcome_unknown' } });
    const story = await storyOf(platform, signalId);
    const settled = story.filter(({ type }) => type === 'execution.tool_settled');
    expect(settled).toHaveLength(uses.length);
    expect(JSON.stringify(settled)).toContain('[redacted]');
    await execute('near__get-env');
    expect(await execute('broken__x')).toBeGreaterThanOrEqual(400);
    expect(await execute('far__x')).toBeGreaterThanOrEqual(400);
    expect(await execute('own', 'wrong')).toBe(403);
    const received = echo.received.join('\n');
    expect(sentOut.filter((slot) => !received.includes(canaries[slot] ?? ''))).toEqual([]);
    expect(modelKeySeen).toBe(true);
  });

  it('GTW-8: occur in no stream, message, table, log, metric, prompt or answer', async () => {
    const kept = await everything();
    const places = new Set(kept.map(({ place }) => place.split(' ')[0]));
    expect([...places]).toEqual(
      expect.arrayContaining(['a', 'the', 'message', 'stream', 'table', 'log', '/metrics']),
    );
    expect([...new Set(foundIn(kept, canaries))]).toEqual([]);
    console.log(`${Object.keys(canaries).length} canaries, ${kept.length} places`);
  });

  it('GTW-8: one that does is found, wherever it is', async () => {
    const { API_HEADER: planted = '' } = canaries;
    const carrying = headers();
    carrying.set('x-note', `with ${planted}`);
    const subject = 'watch.default.execution.planted';
    connection.publish(subject, '{}', { headers: carrying });
    connection.publish('signals.default.planted.one', JSON.stringify({ planted }));
    await connection.flush();
    const { database: url } = await platform.endpoints();
    const database = new Postgres({ url, schema: 'public', applicationName: 'signalbox/spec' });
    await database.query('create table planted (note text)');
    await database.query('insert into planted values ($1)', [planted]);
    await database.close();
    await appendFile(join(platform.home, 'logs', 'router.log'), `${btoa(planted)}\n`);
    const found = foundIn(await everything(), canaries).map((line) => line.replace(/\d+ /, ''));
    expect(found).toEqual(
      expect.arrayContaining([
        `API_HEADER in message ${subject}`,
        'API_HEADER in stream SIGNALS signals.default.planted.one',
        'API_HEADER in table public.planted',
        'API_HEADER in log router.log',
      ]),
    );
  });
});
