import { connect } from '@nats-io/transport-node';
import { freePorts } from '@signalbox/embedded';
import { newId } from '@signalbox/kernel';
import { eventually, startMailServer, type MailServer } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mailChannel } from '../canaries/fill-gateway.ts';
import { referenceTo } from '../canaries/filled-slots.ts';
import { plantEverywhere } from '../canaries/planted.ts';
import { signedHeaders } from '../canaries/signed.ts';
import { credentialSlots } from '../canaries/slots.ts';
import { watch } from '../canaries/watch.ts';
import { sendReply, startChatServer } from '../model/chat-server.ts';
import { isRouting, resultsIn, routedTo, textOf, type ToolCall } from '../model/conversation.ts';
import { Platform } from '../platform.ts';
import { endOf, eventOf, isEnd, storyOf } from '../stories.ts';

const END_MAX_MS = 240_000;
const TOOLS_MAX_MS = 120_000;
const PASSWORD = 'notifications.channels.*.smtp.login.password';
const notification = { title: 'A', text: 'a', severity: 'error' };
/** Their peers get them in other scenarios, where models are asked with other keys. */
const usedElsewhere = [
  'OPENAI_API_KEY',
  'SIGNALBOX_AGENT_MODEL_API_KEY',
  'SIGNALBOX_MODEL_API_KEY',
  'SIGNALBOX_ROUTER_MODEL_API_KEY',
  'STOURIO_API_KEY',
];

/** Each of them fails, most of them with the credential that they were given. */
const uses: readonly ToolCall[] = [
  ...['stdio', 'http', 'program', 'url'].map((name) => ({
    name: `canary_${name}__tell`,
    arguments: {},
  })),
  { name: 'canary_module', arguments: {} },
  { name: 'get_system_metrics', arguments: { query: 'up' } },
  { name: 'get_recent_logs', arguments: { query: '{app="a"}' } },
  // The mail server refuses the first mail, with the password in its words, and takes the second.
  ...['canary_slack', 'canary_pagerduty', 'canary_hook', 'mail', 'mail'].map((channel) => ({
    name: 'send_notification',
    arguments: { channel, ...notification },
  })),
  { name: 'call_api', arguments: { method: 'POST', url: 'API', body: { say: 'no' } } },
  { name: 'call_api', arguments: { method: 'POST', url: 'API', body: { say: 'be well' } } },
  { name: 'call_api', arguments: { method: 'GET', url: 'STORED' } },
  ...['canary_tell', 'canary_awx', 'canary_rundeck'].map((command) => ({
    name: 'execute_remediation',
    arguments: { command, target: 'x' },
  })),
];
const agent = {
  id: 'prober',
  name: 'Prober',
  role: 'You are prober.',
  tools: [...new Set(uses.map(({ name }) => name))],
  max_steps: uses.length + 2,
};

describe('credentials', () => {
  const bed = new AsyncDisposableStack();
  let mail: MailServer;
  let platform: Platform;
  let edgeUrl: string;

  const startModel = () =>
    startChatServer(async (asked, response) => {
      const { url = '', headers } = response.req;
      const refuse = (code: number) => {
        response.writeHead(code, { 'content-type': 'application/json' });
        const message = `Incorrect API key: ${JSON.stringify(headers)}`;
        response.end(JSON.stringify({ error: { message } }));
      };
      // The first that an agent asks is away, and the next one is asked.
      if (url.startsWith('/anthropic/')) return refuse(503);
      const text = textOf(asked);
      const isRefused = text.includes('agent key') && !isRouting(asked);
      if (text.includes('router key') || isRefused) return refuse(401);
      if (isRouting(asked)) return sendReply(response, routedTo('prober', 'Probe.'));
      const use = uses[resultsIn(asked)];
      if (!use) return sendReply(response, { text: 'All was tried.' });
      const { vendor } = platform.canaried;
      const given = JSON.stringify(use.arguments)
        .replace('API', vendor.urlOf('api'))
        .replace('STORED', vendor.urlOf('stored'));
      const call = { ...use, arguments: JSON.parse(given) as object };
      return sendReply(response, { calls: [call] });
    });

  const startMail = async () => {
    let attempts = 0;
    mail = await startMailServer({
      onAuth: ({ username, password }, _, done) => {
        mail.logins.push(`${username}:${password}`);
        if (attempts++ > 0) return done(null, { user: username ?? '' });
        done(Object.assign(new Error(`no: ${password}`), { responseCode: 535 }));
      },
    });
    bed.defer(() => mail.close());
  };

  const writeGateway = async (folder: string): Promise<string> => {
    const [port = 0] = await freePorts(1);
    edgeUrl = `http://127.0.0.1:${port}`;
    const program = join(import.meta.dirname, '../canaries/told.main.ts');
    const env = { TOLD_TOKEN: { secret: referenceTo('upstreams.*.stdio.env.*') } };
    const broken = { command: 'node', args: [program], unsandboxed: true, env };
    const free = { repeatable: true, approval: false };
    const file = join(folder, 'gateway.yaml');
    const config = {
      http: { allow: [`127.0.0.1:${mail.port}`] },
      edge: { port, secret: referenceTo('edge.secret') },
      upstreams: { broken: { stdio: broken, tools: { '*': free } } },
      notifications: { ...free, channels: { mail: mailChannel(mail.port, referenceTo) } },
      policy: { allow: [{ caller: '*', tools: ['*'] }] },
    };
    await writeFile(file, JSON.stringify(config));
    return file;
  };

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-gateway-'));
    bed.defer(() => rm(folder, { recursive: true, force: true }));
    await startMail();
    const model = await startModel();
    bed.defer(() => model.stop());
    const serverOf = (provider: string) => model.baseUrl.replace(/\/v1$/, `/${provider}/v1`);
    platform = await Platform.start({
      args: ['--no-sample', '--processes'],
      env: {
        SIGNALBOX_GATEWAY_CONFIG: await writeGateway(folder),
        SIGNALBOX_ROUTER_MODEL: 'scripted',
        SIGNALBOX_ROUTER_MODEL_PROVIDER: 'deepseek',
        SIGNALBOX_ROUTER_MODEL_BASE_URL: serverOf('deepseek'),
        SIGNALBOX_AGENT_MODEL: 'scripted',
        SIGNALBOX_AGENT_MODEL_PROVIDER: 'anthropic',
        SIGNALBOX_AGENT_MODEL_BASE_URL: serverOf('anthropic'),
        SIGNALBOX_AGENT_MODEL_FALLBACKS: 'google/scripted',
        SIGNALBOX_MODEL_PROVIDER: 'google',
        SIGNALBOX_MODEL_BASE_URL: serverOf('google'),
        // So that each provider gets the key that is called after it.
        SIGNALBOX_ROUTER_MODEL_API_KEY: '',
        SIGNALBOX_AGENT_MODEL_API_KEY: '',
        SIGNALBOX_MODEL_API_KEY: '',
      },
    });
    // A server of tools may take longer to be up than the gateway waits for it.
    await eventually(
      async () => (await platform.post('/api/agents', agent)).status < 300,
      TOOLS_MAX_MS,
      'an agent with all the tools',
    );
  });
  afterAll(() => bed.disposeAsync());

  /** As the source of a way of signing; with the canary of its slot, or another secret. */
  const send = async (scheme: string, title: string, secret?: string) => {
    const slot = `sources.*.${scheme}.secrets`;
    const body = JSON.stringify({ event_type: 'Case', title });
    const headers = {
      'x-stourio-key': '',
      ...signedHeaders(scheme, secret ?? watch.valueIn(slot), body),
    };
    const path = `/api/webhook/canary-${scheme}`;
    const sent = await platform.post<{ signal_id?: string }>(path, body, headers);
    if (secret === undefined && sent.status === 202) watch.used(slot);
    return { status: sent.status, id: sent.body.signal_id ?? '' };
  };

  /** Until the router knows the agent. */
  const begin = (title: string) =>
    eventually(
      async () => {
        const { id } = await send('bearer', `${title} ${newId()}`);
        const { data } = await eventOf(platform, id, 'decision.made');
        return data['executionId'] !== undefined && id;
      },
      END_MAX_MS,
      'a run of prober',
    );

  const execute = async (tool_name: string, secret = watch.valueIn('edge.secret')) => {
    const answer = await fetch(`${edgeUrl}/execute`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tool_name, arguments: {} }),
    });
    watch.see(`the answer of /execute to ${tool_name}`, await answer.text());
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

  it('SIG-3: of sources are taken, and others are refused', async () => {
    const slots = [...(await credentialSlots())].filter((slot) => slot.startsWith('sources.'));
    const schemes = slots.map((slot) => slot.split('.')[2] ?? '');
    expect(schemes).toHaveLength(7);
    // A rule decides on it, and nothing runs.
    const rejected = 'rm -rf /';
    for (const scheme of schemes) {
      const wrong = scheme === 'standard-webhooks' ? `whsec_${btoa('x'.repeat(32))}` : 'user:no';
      expect({ scheme, status: (await send(scheme, rejected, wrong)).status }).toEqual({
        scheme,
        status: 401,
      });
      expect({ scheme, status: (await send(scheme, rejected)).status }).toEqual({
        scheme,
        status: 202,
      });
    }
  });

  it('GTW-8: each reaches the peer that it is for, whatever fails with it', async () => {
    const signalId = await begin('probe');
    await send('bearer', 'router key');
    await eventOf(platform, await begin('agent key'), 'execution.model_failed');
    await approveUntilEnd(signalId);
    // Whether the last one, a job, has begun after all nobody can say.
    const end = await endOf(platform, signalId);
    expect(end).toMatchObject({ data: { reason: 'outcome_unknown' } });
    const story = await storyOf(platform, signalId);
    const settled = story.filter(({ type }) => type === 'execution.tool_settled');
    expect(settled).toHaveLength(uses.length);
    expect(JSON.stringify(settled)).toContain('[redacted]');

    const logins = new Set(mail.logins);
    expect(logins.has(`signalbox:${watch.valueIn(PASSWORD)}`)).toBe(true);
    expect(new Set(mail.mails.map(({ secure }) => secure))).toEqual(new Set([true]));
    watch.used(PASSWORD);
    // Without it the server's certificate is nobody's.
    watch.used('notifications.channels.*.smtp.ca');

    await execute('canary_stdio__tell');
    // What they say of themselves holds it, and would stay in the audit log for good.
    for (const name of ['stdio__describe', 'stdio__entitle', 'http__describe', 'http__entitle']) {
      expect({ name, status: await execute(`canary_${name}`) }).toEqual({ name, status: 404 });
    }
    expect(await execute('broken__x')).toBeGreaterThanOrEqual(400);
    expect(await execute('canary_stdio__tell', 'wrong')).toBe(403);
    watch.used('edge.secret');
  });

  it('GTW-8: one that is anywhere else is found there, however it is written', async () => {
    const connection = await connect(await platform.natsAsService());
    const { database } = await platform.endpoints();
    const { missed, planted } = await plantEverywhere({
      connection,
      databaseUrl: database,
      home: platform.home,
    });
    await connection.close();
    expect(missed).toEqual([]);
    expect(planted).toBeGreaterThan(50);
  });

  it('GTW-8: are in no stream, message, table, log, metric, prompt, answer or other peer', async () => {
    await platform.stopAndForget();
    const unused = new Set(watch.unused);
    for (const slot of usedElsewhere) unused.delete(slot);
    expect([...unused]).toEqual([]);
  });
});
