import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import {
  allEvents,
  controlHalted,
  executionStarted,
  invokeTool,
  type ToolInvocation,
  type toolRegistered,
} from '@signalbox/contracts';
import { startNatsServer, type NatsServer } from '@signalbox/embedded';
import { newId, SystemClock, type EventOf } from '@signalbox/kernel';
import {
  ensureConsumersOf,
  headerNames,
  JetStreamCommandBus,
  JetStreamEventStore,
  provision,
} from '@signalbox/messaging';
import { natsAddress, permissionsOf, type RunningService } from '@signalbox/service';
import { eventually } from '@signalbox/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './main.ts';
import { append, context, request } from './toolcall/gateway.fixture.spec.ts';

const ENV = 'spec';
const GATEWAY = { user: 'tool-gateway', password: 'its own' };
const LIMITED = { caller: 'limited', callsPerMinute: 3 };
const FORGED = {
  subject: `audit.${ENV}.toolcall.forger`,
  /** Where an event that is copied there would count. */
  target: `audit.${ENV}.approval.forged`,
};

describe('the tool gateway with the NATS rights it has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-rights-'));
  let server: NatsServer;
  let owner: NatsConnection;
  let thief: NatsConnection;
  let manager: JetStreamManager;
  let gateways: readonly RunningService[];
  let store: JetStreamEventStore;
  let bus: JetStreamCommandBus;
  const violations: string[] = [];

  beforeAll(async () => {
    server = await startNatsServer({
      storeDir: join(folder, 'nats'),
      access: {
        user: 'all',
        password: 'all',
        openSubjects: 'signals.>',
        confined: [{ ...GATEWAY, ...permissionsOf('tool-gateway', ENV) }],
      },
    });
    const { port } = server;
    owner = await connect({ ...natsAddress(server.url), inboxPrefix: '_INBOX_ingest' });
    await provision(owner, { replicas: 1 });
    await ensureConsumersOf(owner, ENV, 'tool-gateway');
    manager = await jetstreamManager(owner);
    const shared = { connection: owner, env: ENV, clock: new SystemClock(), source: 'spec' };
    store = new JetStreamEventStore({ ...shared, definitions: allEvents });
    bus = new JetStreamCommandBus(shared);
    const config = join(folder, 'gateway.yaml');
    writeFileSync(
      config,
      `limits: { outputBytesMax: 1000 }
policy:
  allow:
    - { caller: diagnose, tools: ["*"] }
    - { caller: ${LIMITED.caller}, tools: ["*"], callsPerMinute: ${LIMITED.callsPerMinute} }
`,
    );
    const replica = () =>
      start({
        SIGNALBOX_NATS_URL: `nats://tool-gateway:its%20own@127.0.0.1:${port}`,
        SIGNALBOX_ENV: ENV,
        SIGNALBOX_GATEWAY_CONFIG: config,
        SIGNALBOX_HOME: folder,
        SIGNALBOX_LOG_LEVEL: 'error',
      });
    gateways = [await replica(), await replica()];
    thief = await connect({
      servers: `127.0.0.1:${port}`,
      user: GATEWAY.user,
      pass: GATEWAY.password,
      inboxPrefix: '_INBOX_tool-gateway',
    });
    void (async () => {
      for await (const status of thief.status())
        if (status.type === 'error') violations.push(status.error.message);
    })();
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.stop();
    await thief.close();
    await owner.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function invoke(
    tool: string,
    argumentsGiven: ToolInvocation['arguments'],
    caller = 'diagnose',
  ) {
    // The gateway waits some seconds for its tools, and no longer.
    const offer = await eventually(async () => {
      const { events } = await store.read({ aggregate: 'tool', id: tool });
      return events.at(-1) as EventOf<typeof toolRegistered> | undefined;
    });
    const { definitionDigest } = offer.data;
    const callId = newId();
    const ids = { callId, executionId: newId(), caller, replyTo: 'agent-runner' };
    const invocation = { ...ids, tool, arguments: argumentsGiven, definitionDigest } as const;
    const asked = invocation as ToolInvocation;
    await request(store, asked);
    const options = { id: callId, context: context(), waitMs: 20_000 };
    return { outcome: await bus.request(invokeTool.of(asked), options) };
  }

  it('GTW-1: does its work', async () => {
    const { outcome } = await invoke('get_system_metrics', { query: 'up' });
    expect(outcome).toMatchObject({ status: 'succeeded' });
    const settle = await manager.streams.getMessage('COMMANDS', {
      last_by_subj: `cmd.${ENV}.agent-runner.settle-tool`,
    });
    expect(settle?.string()).toContain('succeeded');
  });

  it('GTW-1: keeps what is too large for an event, and reads the runs of others', async () => {
    const executionId = newId();
    const started = executionStarted.of({
      executionId,
      signalId: newId(),
      objective: 'Heal checkout',
      input: null,
      riskLevel: 'low',
      approvalRequired: false,
      plan: { kind: 'automation', workflow: 'restart', workflowVersion: 1, steps: [] },
    });
    await append(store, ['execution', executionId], started);
    const { outcome } = await invoke('generate_report', { executionId });
    expect(outcome).toMatchObject({ status: 'succeeded', result: { bytes: expect.any(Number) } });
  });

  it('GTW-1, GTW-5: counts the calls of its policy together with its replica', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        invoke('get_system_metrics', { query: 'up' }, LIMITED.caller),
      ),
    );
    const statuses = outcomes.map(({ outcome }) => (outcome as { status: string }).status);
    expect(statuses.filter((status) => status === 'succeeded')).toHaveLength(
      LIMITED.callsPerMinute,
    );
    expect(outcomes.map(({ outcome }) => outcome)).toContainEqual(
      expect.objectContaining({ status: 'refused', clause: 'too_many_calls' }),
    );
  });

  it('GTW-1: hears of a halt at once', async () => {
    const ref = { aggregate: 'control', id: 'global' };
    const { head } = await store.read(ref);
    await store.append(ref, head, [controlHalted.of({ reason: 'spec' })], context());
    const { outcome } = await invoke('get_system_metrics', { query: 'up' });
    expect(outcome).toMatchObject({ status: 'refused', clause: 'halted' });
  });

  const messagesOn = async (stream: string, subject: string) => {
    const { state } = await manager.streams.info(stream, { subjects_filter: subject });
    return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
  };

  it.each([
    `cmd.${ENV}.approval.resolve`,
    `cmd.${ENV}.router.anything`,
    `audit.${ENV}.approval.x`,
    `audit.${ENV}.control.global`,
    `audit.${ENV}.execution.x`,
    `audit.other.toolcall.x`,
    `signals.${ENV}.a.b`,
    `rate.${ENV}.kill.x`,
    `rate.other.policy.x`,
    '$JS.API.STREAM.PURGE.RATES',
    '$JS.API.STREAM.CREATE.RATES',
    '$JS.API.STREAM.PURGE.COMMANDS',
    '$JS.API.STREAM.DELETE.DLQ',
    '$JS.API.STREAM.MSG.DELETE.COMMANDS',
    '$JS.API.STREAM.MSG.GET.COMMANDS',
    '$JS.API.DIRECT.GET.COMMANDS',
    '$JS.API.CONSUMER.CREATE.COMMANDS.thief',
    `$JS.API.CONSUMER.CREATE.AUDIT.thief.audit.${ENV}.control.*`,
    `$JS.API.CONSUMER.MSG.NEXT.COMMANDS.${ENV}_router`,
    `$JS.API.CONSUMER.DELETE.COMMANDS.${ENV}_tool-gateway`,
  ])('GTW-1: may not publish on %s', async (subject) => {
    thief.publish(subject, '{}');
    const refusal = `Permissions Violation for Publish to "${subject}"`;
    await eventually(() => violations.includes(refusal));
    expect(violations).toContain(refusal);
  });

  it.each(['>', `cmd.${ENV}.>`, `audit.${ENV}.>`, '_INBOX_ingest.>', `$JS.ACK.>`])(
    'GTW-1: may not hear %s',
    async (subject) => {
      thief.subscribe(subject, { callback: () => undefined });
      const refusal = `Permissions Violation for Subscription to "${subject}"`;
      await eventually(() => violations.includes(refusal));
      expect(violations).toContain(refusal);
    },
  );

  it('GTW-1: has no answer of the server published where it may not publish itself', async () => {
    await owner.request(`cmd.${ENV}.nobody.waits`, '{}');
    const before = await messagesOn('COMMANDS', `cmd.${ENV}.nobody.waits`);
    const forged = headers();
    forged.set(headerNames.subject, 'approval/forged');
    await thief.request(FORGED.subject, '{}', { headers: forged, timeout: 5_000 });
    const query = JSON.stringify({ last_by_subj: FORGED.subject });
    for (const reply of [FORGED.target, '$JS.API.STREAM.PURGE.COMMANDS']) {
      thief.publish(FORGED.subject, '{}', { reply });
      thief.publish('$JS.API.DIRECT.GET.AUDIT', query, { reply });
      thief.publish('$JS.API.STREAM.MSG.GET.AUDIT', query, { reply });
    }
    // What comes back says that all before was handled.
    await thief.request(FORGED.subject, '{}');
    await thief.request('$JS.API.STREAM.MSG.GET.AUDIT', query);
    await thief.request('$JS.API.DIRECT.GET.AUDIT', query);
    expect(await messagesOn('AUDIT', FORGED.target)).toBe(0);
    expect(await messagesOn('COMMANDS', `cmd.${ENV}.nobody.waits`)).toBe(before);
    expect(before).toBe(1);
  });
});
