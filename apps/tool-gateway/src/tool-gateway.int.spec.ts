import { Logger } from '@nestjs/common';
import {
  allEvents,
  executionStarted,
  invokeTool,
  resolveCall,
  toolClaimed,
  toolRegistered,
  type ToolInvocation,
  type ToolOutcome,
} from '@signalbox/contracts';
import { newId, SystemClock, type EventOf } from '@signalbox/kernel';
import { JetStreamBlobStore, JetStreamCommandBus, JetStreamEventStore } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './main.ts';
import {
  append,
  approvalOf,
  context,
  halt,
  request,
  typesOf,
} from './toolcall/gateway.fixture.spec.ts';
import { startPeer, type Peer } from './tools/peer.fixture.spec.ts';

const deploy = new URL('../../../deploy/', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'signalbox-gateway-'));
const clock = new SystemClock();
const UNUSED = 'canary-that-is-configured-and-never-sent';
const LITERAL = 'canary-in-the-file-itself';
const CANARY = 'canary-2f9c/that+nobody sees';

/** The sample, with one more command that never ends by itself, and an API. */
function writeConfiguration(api: Peer): string {
  const script = `require('node:fs').writeFileSync('${folder}/waits', ''); setInterval(() => {}, 9e3)`;
  const wait = `    wait: { argv: [node, -e, ${JSON.stringify(script)}] }\n`;
  const sample = readFileSync(join(deploy, 'gateway.yaml'), 'utf8').replaceAll('./', deploy);
  const file = join(folder, 'gateway.yaml');
  writeFileSync(
    file,
    sample
      .replace('  commands:\n', (line) => line + wait)
      .replace('policy:\n  allow:\n', (lines) => `${configurationOf(api)}${lines}${allowed}`),
  );
  return file;
}

const allowed = '    - { caller: diagnose_repair, tools: [call_api] }\n';
const configurationOf = ({ origin }: Peer) => `
http: { allow: ['${new URL(origin).host}'] }
apis:
  approval: false
  allow:
    - { url: '${origin}', headers: { Authorization: { secret: env:API_KEY, prefix: 'Bearer ' } } }
    - { url: '${origin}/other', headers: { X-Key: { secret: env:OTHER_KEY }, X-Token: ${LITERAL} } }
`;

describe('the tool gateway with its sample configuration', () => {
  let nats: TestNats;
  let api: Peer;
  let gateway: RunningService;
  let environment: Record<string, string>;
  let store: JetStreamEventStore;
  let bus: JetStreamCommandBus;

  beforeAll(async () => {
    nats = await startTestNats();
    api = await startPeer();
    const { connection, env } = nats;
    const shared = { connection, env, clock, source: 'spec' };
    store = new JetStreamEventStore({ ...shared, definitions: allEvents });
    bus = new JetStreamCommandBus(shared);
    environment = {
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_GATEWAY_CONFIG: writeConfiguration(api),
      API_KEY: CANARY,
      OTHER_KEY: UNUSED,
      SIGNALBOX_HOME: folder,
      SIGNALBOX_LOG_LEVEL: 'error',
    };
    gateway = await start(environment);
  });
  afterAll(async () => {
    await gateway.stop();
    await nats.stop();
    api.close();
    rmSync(folder, { recursive: true });
  });

  async function invocationOf(tool: string, argumentsGiven: ToolInvocation['arguments']) {
    // The gateway waits some seconds for its tools, and no longer.
    const offer = await eventually(async () => {
      const { events } = await store.read({ aggregate: 'tool', id: tool });
      return events.at(-1) as EventOf<typeof toolRegistered> | undefined;
    });
    const { definitionDigest } = offer.data;
    const caller = 'diagnose_repair';
    const replyTo = 'agent-runner' as const;
    const ids = { callId: newId(), executionId: newId(), caller, replyTo };
    const invocation = { ...ids, tool, arguments: argumentsGiven, definitionDigest };
    await request(store, invocation);
    return invocation;
  }

  async function invoke(invocation: ToolInvocation): Promise<ToolOutcome> {
    const options = { id: invocation.callId, context: context(), waitMs: 20_000 };
    return (await bus.request(invokeTool.of(invocation), options)) as unknown as ToolOutcome;
  }

  it('GTW-3: reads a runbook', async () => {
    const path = { path: 'checkout.md' };
    const invocation = await invocationOf('runbooks__read_text_file', path);
    const outcome = await invoke(invocation);
    expect(outcome.status).toBe('succeeded');
    expect(JSON.stringify(outcome)).toContain('Remediation: `restart_service checkout`');
    expect(await typesOf(store, invocation.callId)).toEqual([
      'toolcall.claimed',
      'toolcall.succeeded',
    ]);
  });

  it('GTW-3: searches the runbooks', async () => {
    const invocation = await invocationOf('read_internal_runbook', { query: 'checkout latency' });
    expect(await invoke(invocation)).toMatchObject({
      status: 'succeeded',
      result: {
        runbooks: expect.arrayContaining([expect.objectContaining({ path: 'checkout.md' })]),
      },
    });
  });

  it('GTW-3: keeps a report on a run where people can fetch it', async () => {
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
    const invocation = await invocationOf('generate_report', { executionId, format: 'html' });
    const outcome = await invoke(invocation);
    expect(outcome).toMatchObject({
      status: 'succeeded',
      result: { executionId, status: 'running' },
    });
    if (outcome.status !== 'succeeded') throw new Error(outcome.status);
    const { digest } = outcome.result as { digest: string };
    const { bytes, mediaType } = await new JetStreamBlobStore(nats.connection).get(digest);
    expect(mediaType).toBe('text/html; charset=utf-8');
    expect(Buffer.from(bytes).toString('utf8')).toContain('Heal checkout');
  });

  it('GTW-8: says no credential in its log, whoever writes there', () => {
    const lines: string[] = [];
    const { stderr } = process;
    const write = stderr.write.bind(stderr);
    stderr.write = (line: unknown) => lines.push(String(line)) > 0;
    new Logger('spec').error(new Error(`refused: ${CANARY}`), { header: `Bearer ${UNUSED}` });
    stderr.write = write;
    expect(lines.join('')).toContain('[redacted]');
    expect(lines.join('')).not.toContain(CANARY);
    expect(lines.join('')).not.toContain(UNUSED);
  });

  it('APR-2: restarts a service when a person has agreed, and once', async () => {
    const target = { command: 'restart_service', target: 'checkout' };
    const invocation = await invocationOf('execute_remediation', target);
    const approvalId = await approvalOf(store, invocation);
    const outcome = await invoke({ ...invocation, approvalId });
    expect(outcome).toMatchObject({ status: 'succeeded', result: { ...target, exitCode: 0 } });
    const effects = readFileSync(join(folder, 'effects.jsonl'), 'utf8').trim().split('\n');
    expect(effects.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { ...target, callId: invocation.callId },
    ]);
  });

  it('GTW-5: offers nothing of an upstream that is not listed', async () => {
    await invocationOf('runbooks__list_directory', {});
    const { events } = await store.read({ aggregate: 'tool', id: 'runbooks__write_file' });
    expect(events).toEqual([]);
  });

  it.each([
    ['get_system_metrics', { query: 'up' }],
    ['get_recent_logs', { file: 'app.log' }],
  ])('GTW-3: %s says that nobody has configured it', async (tool, given) => {
    expect(await invoke(await invocationOf(tool, given))).toMatchObject({
      status: 'succeeded',
      result: { configured: false },
    });
  });

  it('GTW-8: uses a credential that nobody else gets to see', async () => {
    const encoded = Buffer.from(`user:${CANARY}`).toString('base64');
    api.answer = { body: { echo: `Bearer ${CANARY}`, encoded, url: encodeURIComponent(CANARY) } };
    const invocation = await invocationOf('call_api', { method: 'GET', url: api.origin });
    const succeeded = await invoke(invocation);
    api.answer = { code: 500, body: `no: ${CANARY} ${UNUSED} ${LITERAL}` };
    const again = { ...invocation, callId: newId() };
    await request(store, again);
    const failed = await invoke(again);
    expect(api.received.map(({ headers }) => headers.authorization)).toEqual([
      `Bearer ${CANARY}`,
      `Bearer ${CANARY}`,
    ]);
    expect(succeeded).toMatchObject({ result: { body: { echo: 'Bearer [redacted]' } } });
    expect(failed).toMatchObject({ status: 'failed', code: 'http_status' });
    const { events } = await store.read({ aggregate: 'toolcall', id: invocation.callId });
    const said = JSON.stringify([succeeded, failed, events]);
    for (const form of [CANARY, UNUSED, LITERAL, encoded, encodeURIComponent(CANARY)]) {
      expect(said).not.toContain(form);
    }
  });

  it('GTW-6: runs once more what was parked, when a person says so', async () => {
    const invocation = await invocationOf('runbooks__list_directory', { path: '.' });
    const { callId } = invocation;
    const claim = { invocation, gateway: 'dead', epoch: 0, repeatable: false };
    await append(store, ['toolcall', callId], toolClaimed.of(claim));
    expect(await invoke(invocation)).toMatchObject({ status: 'unknown' });
    const ask = (actor: 'person:ops' | 'agent:diagnose_repair') => {
      const options = { id: newId(), context: { ...context(), actor }, waitMs: 20_000 };
      return bus.request(resolveCall.of({ callId, verdict: 'retry' }), options);
    };
    await expect(ask('agent:diagnose_repair')).rejects.toMatchObject({ kind: 'forbidden' });
    expect(await ask('person:ops')).toEqual({ call_id: callId, status: 'succeeded' });
    await expect(ask('person:ops')).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('GTW-6: ends what it runs when it stops, and parks the call', async () => {
    const waiting = await invocationOf('execute_remediation', { command: 'wait', target: 'x' });
    const approvalId = await approvalOf(store, waiting);
    const invocation = invokeTool.of({ ...waiting, approvalId });
    await bus.send(invocation, { id: waiting.callId, context: context() });
    await eventually(() => existsSync(join(folder, 'waits')));
    await gateway.stop();
    const { events } = await store.read(
      { aggregate: 'toolcall', id: waiting.callId },
      { fresh: true },
    );
    expect(events.map(({ type }) => type)).toEqual(['toolcall.claimed', 'toolcall.unknown']);
    expect(events.at(-1)?.data).toMatchObject({
      message: expect.stringContaining('with the gateway'),
    });
    rmSync(join(folder, 'waits'));
    gateway = await start(environment);
  });

  it('CTL-1: stops what runs when the kill switch is turned on, and runs nothing while it is', async () => {
    const invocation = await invocationOf('runbooks__list_directory', { path: '.' });
    const running = await invocationOf('execute_remediation', { command: 'wait', target: 'x' });
    const approvalId = await approvalOf(store, running);
    const stopped = invoke({ ...running, approvalId });
    await eventually(() => existsSync(join(folder, 'waits')));
    await halt(store);
    expect(await stopped).toMatchObject({
      status: 'unknown',
      message: expect.stringContaining('stopped, by the kill switch'),
    });
    expect(await invoke(invocation)).toMatchObject({ status: 'refused', clause: 'halted' });
  });
});
