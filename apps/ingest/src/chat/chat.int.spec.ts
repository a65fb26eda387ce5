import { jetstreamManager } from '@nats-io/jetstream';
import {
  agentPlan,
  approvalAwaited,
  approvalRequested,
  controlHalted,
  controlResumed,
  decisionMade,
  executionCompleted,
  executionFailed,
  executionStarted,
  modelAnswered,
  signalReceived,
  toolRequested,
  toolSettled,
  type Signal,
} from '@signalbox/contracts';
import { deriveId, digestOf, type DomainEvent } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually } from '@signalbox/testing';
import { callEdge, KEY, startBench, type Answer, type Bench } from '../ingest.fixture.spec.ts';

const HALTED = {
  status: 'halted',
  message: 'System is halted. Kill switch is active. Deactivate before sending commands.',
};

const digest = digestOf('d');
const answered = { by: 'model', riskLevel: 'low', message: 'All is well.' } as const;
const model = {
  provider: 'p',
  model: 'm',
  offline: false,
  reasoning: 'because',
  promptTokens: 1,
  completionTokens: 1,
};

describe('POST /api/chat', () => {
  let bench: Bench;
  let edge: RunningService;
  let impatient: RunningService;

  beforeAll(async () => {
    bench = await startBench();
    // Without a database: what becomes of a message is read in the log.
    const env = { SIGNALBOX_DATABASE_URL: '', SIGNALBOX_RATE_LIMITS: 'off' };
    edge = await bench.another(env);
    impatient = await bench.another({ ...env, SIGNALBOX_CHAT_WAIT_MS: '50' });
  });
  afterAll(() => bench?.stop());

  const say = (body: unknown, headers = {}, to = edge): Promise<Answer> =>
    callEdge(`${to.url}/api/chat`, { method: 'POST', body, headers });

  let messages = 0;
  const aMessage = () => `message ${++messages}`;
  const signalOf = (message: string): Promise<Signal> =>
    eventually(async () =>
      (await bench.signals()).find(({ payload }) => (payload as Said).message === message),
    );

  const append = async (
    { id }: Signal,
    ref: { aggregate: string; id: string },
    ...events: DomainEvent[]
  ) => {
    const context = { correlationId: id, causationId: id, actor: 'service:router', epoch: 0 };
    const { head } = await bench.store.read(ref, { fresh: true });
    await bench.store.append(ref, head, events, context as never);
  };
  /** What the router appends. */
  const decide = (signal: Signal, about: Omit<Parameters<typeof decisionMade.of>[0], 'trace'>) =>
    append(
      signal,
      { aggregate: 'signal', id: signal.id },
      signalReceived.of({ signal }),
      decisionMade.of({ ...about, trace: [] }),
    );
  const run = (signal: Signal, target: object) =>
    decide(signal, {
      ...answered,
      outcome: 'run',
      model,
      executionId: deriveId(signal.id, 'execution'),
      target: target as never,
    });
  /** What a runner appends. */
  const journal = (signal: Signal, ...events: DomainEvent[]) =>
    append(signal, { aggregate: 'execution', id: deriveId(signal.id, 'execution') }, ...events);
  const started = (signal: Signal) => {
    const executionId = deriveId(signal.id, 'execution');
    const about = { executionId, signalId: signal.id, objective: 'o', input: {} };
    const plan = agentPlan.parse({
      kind: 'agent',
      agent: 'a',
      agentVersion: 1,
      role: '',
      tools: [],
      stepsMax: 1,
    });
    return executionStarted.of({ ...about, riskLevel: 'low', approvalRequired: false, plan });
  };
  const wants = ({ id }: Signal) => {
    const callId = deriveId(deriveId(id, 'execution'), 1, 0);
    const use = { callId, tool: 'restart', arguments: { service: 'checkout' } };
    const { reasoning: _, ...asked } = model;
    return { use, event: modelAnswered.of({ step: 1, ...asked, text: '', toolUses: [use] }) };
  };
  const agent = { kind: 'agent', agent: 'take_action', objective: 'Do it.' };

  it('SIG-7: an answer is completed, type direct, and begins a conversation', async () => {
    const message = aMessage();
    const asked = say({ message });
    const signal = await signalOf(message);
    await decide(signal, { ...answered, outcome: 'answer', model });
    const { status, body } = await asked;
    expect(status).toBe(200);
    expect(body).toEqual({
      conversation_id: expect.stringMatching(/^[0-9A-Z]{26}$/),
      status: 'completed',
      message: 'All is well.',
      type: 'direct',
      signal_id: signal.id,
      reasoning: 'because',
      risk_level: 'low',
    });
    expect(signal).toMatchObject({
      source: 'chat',
      type: 'message',
      title: message,
      status: 'firing',
      payload: { message, conversation_id: body['conversation_id'] },
      conversationId: body['conversation_id'],
      signature: 'unsigned',
    });
    expect(signal).not.toHaveProperty('problemId');
  });

  it('SIG-7: goes on with a conversation, and hands labels on', async () => {
    const message = aMessage();
    const asked = say({ message, conversation_id: 'mine', labels: { service: 'checkout' } });
    const signal = await signalOf(message);
    expect(signal).toMatchObject({ conversationId: 'mine', labels: { service: 'checkout' } });
    await decide(signal, { ...answered, outcome: 'needs_info' });
    expect((await asked).body).toMatchObject({
      conversation_id: 'mine',
      status: 'needs_info',
      type: 'direct',
      message: 'All is well.',
    });
  });

  it('SIG-7: what a rule rejects is rejected, with the name of the rule', async () => {
    const message = aMessage();
    const asked = say({ message });
    const signal = await signalOf(message);
    const rule = { id: signal.id, name: 'no_drops', action: 'hard_reject', version: 1 };
    const why = { outcome: 'reject', by: 'rule', riskLevel: 'critical', rule } as const;
    await decide(signal, { ...why, message: 'Rejected by rule no_drops.' });
    expect(await asked).toMatchObject({
      status: 200,
      body: {
        status: 'rejected',
        message: 'Rejected by rule no_drops.',
        rule: 'no_drops',
        risk_level: 'critical',
      },
    });
  });

  it('SIG-7: a run of an agent answers with its end and its steps', async () => {
    const message = aMessage();
    const asked = say({ message });
    const signal = await signalOf(message);
    const { use, event } = wants(signal);
    await run(signal, agent);
    await journal(signal, started(signal), event);
    await journal(signal, toolRequested.of({ step: 1, use, definitionDigest: digest }));
    const outcome = { status: 'succeeded' as const, result: 'restarted' };
    await journal(signal, toolSettled.of({ step: 1, callId: use.callId, outcome }));
    await journal(signal, executionCompleted.of({ summary: 'It was restarted.' }));
    const { status, body } = await asked;
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'completed',
      message: 'It was restarted.',
      type: 'agent',
      execution_id: deriveId(signal.id, 'execution'),
      agent_type: 'take_action',
      objective: 'Do it.',
      reasoning: 'because',
      risk_level: 'low',
      steps: [
        {
          step: 1,
          tool: 'restart',
          arguments: { service: 'checkout' },
          status: 'succeeded',
          result: 'restarted',
        },
      ],
    });
  });

  it.each([
    ['unknown_target', 'error'],
    ['step_limit', 'failed'],
  ] as const)('SIG-7: a workflow that ends with %s is %s', async (reason, status) => {
    const message = aMessage();
    const asked = say({ message });
    const signal = await signalOf(message);
    await run(signal, { kind: 'automation', workflow: 'restart_service' });
    await journal(signal, started(signal), executionFailed.of({ reason, detail: 'why' }));
    expect((await asked).body).toMatchObject({
      status,
      message: 'why',
      type: 'automation',
      workflow_id: 'restart_service',
    });
  });

  it('SIG-7: a run that waits for a person answers with the approval once it can be given', async () => {
    const message = aMessage();
    const asked = say({ message });
    const signal = await signalOf(message);
    const { use, event } = wants(signal);
    const approvalId = deriveId(use.callId, 'approval');
    const executionId = deriveId(signal.id, 'execution');
    await run(signal, agent);
    const awaited = approvalAwaited.of({ approvalId, callId: use.callId });
    await journal(signal, started(signal), event, awaited);
    const { callId, tool } = use;
    const request = approvalRequested.of({
      approvalId,
      executionId,
      signalId: signal.id,
      action: { kind: 'tool', callId, tool, arguments: {}, definitionDigest: digest },
      description: 'take_action wants to use restart',
      riskLevel: 'low',
      replyTo: 'agent-runner',
      actionDigest: digest,
      expiresAt: '2026-11-21T05:00:00Z',
    });
    await append(signal, { aggregate: 'approval', id: approvalId }, request);
    expect((await asked).body).toMatchObject({
      status: 'awaiting_approval',
      approval_id: approvalId,
      execution_id: executionId,
      message: 'A person has to agree first: take_action wants to use restart',
    });
  });

  it('SIG-7: after the wait 202 says where to ask, and a repeat of the request gets the outcome', async () => {
    const message = aMessage();
    const key = { 'idempotency-key': message };
    const early = await say({ message }, key, impatient);
    const signal = await signalOf(message);
    expect(early.status).toBe(202);
    expect(early.body).toEqual({
      conversation_id: signal.conversationId,
      status: 'running',
      message: `It goes on. See GET /api/why/${signal.id}, or ask again in this conversation.`,
      signal_id: signal.id,
    });
    await run(signal, agent);
    const execution_id = deriveId(signal.id, 'execution');
    expect(await say({ message }, key, impatient)).toMatchObject({
      status: 202,
      body: {
        status: 'running',
        type: 'agent',
        execution_id,
        message: expect.stringContaining(`GET /api/executions/${execution_id}`),
      },
    });
    await journal(signal, started(signal), executionCompleted.of({ summary: 'Done.' }));
    expect(await say({ message }, key, impatient)).toMatchObject({
      status: 200,
      body: { status: 'completed', conversation_id: signal.conversationId, message: 'Done.' },
    });
    const all = await bench.signals();
    expect(all.filter(({ title }) => title === message)).toHaveLength(1);
  });

  it('SIG-7: an Idempotency-Key that was used for another message is refused', async () => {
    const key = { 'idempotency-key': aMessage() };
    expect((await say({ message: aMessage() }, key, impatient)).status).toBe(202);
    const { status, body } = await say({ message: aMessage() }, key, impatient);
    expect(status).toBe(422);
    expect(body['errors']).toMatchObject([{ field: 'Idempotency-Key' }]);
  });

  it('SIG-7, CTL-1: says while halted what the contract says, and takes nothing', async () => {
    const before = (await bench.signals()).length;
    const control = { aggregate: 'control', id: 'global' };
    const context = {
      correlationId: 'c',
      causationId: 'c',
      actor: 'person:spec',
      epoch: 0,
    } as const;
    const halted = controlHalted.of({ reason: 'r' });
    const { head } = await bench.store.append(control, NO_EVENTS, [halted], context);
    const answer = await eventually(async () => {
      const tried = await say({ message: 'x' }, {}, impatient);
      return tried.body['status'] === 'halted' && tried;
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(HALTED);
    const taken = (await bench.signals()).length;
    expect((await say({ message: 'x' }, {}, impatient)).body).toEqual(HALTED);
    expect(await bench.signals()).toHaveLength(taken);
    expect(taken - before).toBeLessThan(20);
    await bench.store.append(control, head, [controlResumed.of({ reason: 'r' })], context);
    await eventually(
      async () => (await say({ message: aMessage() }, {}, impatient)).status === 202,
    );
  });

  it('SIG-7, CTL-1: a halt before the decision is answered in the same words', async () => {
    const message = aMessage();
    const asked = say({ message });
    const halted = { outcome: 'halted', by: 'control', riskLevel: 'low' } as const;
    await decide(await signalOf(message), { ...halted, message: 'The kill switch is on.' });
    expect((await asked).body).toMatchObject(HALTED);
  });

  it.each([
    ['no message', {}, 422, 'message'],
    ['an empty message', { message: '' }, 422, 'message'],
    ['a blank message', { message: ' \n' }, 422, 'message'],
    ['a message that is a number', { message: 7 }, 422, 'message'],
    ['a message of 32 001 characters', { message: 'x'.repeat(32_001) }, 422, 'message'],
    ['a message that needs too many bytes', { message: '\u0001'.repeat(32_000) }, 413, 'message'],
    ['a long id', { message: 'x', conversation_id: 'x'.repeat(65) }, 422, 'conversation_id'],
    ['an empty id', { message: 'x', conversation_id: '' }, 422, 'conversation_id'],
    ['labels that are no texts', { message: 'x', labels: { a: 1 } }, 422, 'labels.a'],
    ['no JSON', '{', 400, undefined],
  ])('SIG-7: refuses %s, naming the field', async (_, body, status, field) => {
    const before = (await bench.signals()).length;
    const answer = await say(body, {}, impatient);
    expect(answer.status).toBe(status);
    expect((answer.body['errors'] as { field: string }[])[0]?.field).toBe(field);
    expect(await bench.signals()).toHaveLength(before);
  });

  it('SIG-7: takes 32 000 characters, however many bytes they need', async () => {
    const message = '😀'.repeat(32_000);
    const { status, body } = await say({ message, conversation_id: null }, {}, impatient);
    expect(status).toBe(202);
    const stored = (await bench.signals()).find(({ id }) => id === body['signal_id']);
    expect(stored?.payload).toMatchObject({ message });
    expect(stored?.title).toBe('😀'.repeat(500));
  });

  it('OPS-1: asks for a key before it looks at the message', async () => {
    expect((await say('{', { 'x-stourio-key': undefined })).status).toBe(401);
    expect((await say('{', { 'x-stourio-key': 'another' })).status).toBe(403);
  });

  it('SIG-7: many wait at once, each for its own answer, and one follows the log for all', async () => {
    const manager = await jetstreamManager(bench.connection);
    const followers = async () => (await manager.streams.info('AUDIT')).state.consumer_count;
    const idle = await followers();
    const all = Array.from({ length: 20 }, aMessage);
    const asked = all.map((message) => say({ message }));
    const signals = await Promise.all(all.map(signalOf));
    expect(await followers()).toBe(idle + 1);
    for (const signal of signals.toReversed()) {
      await decide(signal, { ...answered, outcome: 'answer', message: signal.title });
    }
    const answers = await Promise.all(asked);
    expect(answers.map(({ body }) => body['message'])).toEqual(all);
    await eventually(async () => (await followers()) === idle);
  });

  it('SIG-7: what was said goes on when who said it goes away, and can be asked for', async () => {
    const message = aMessage();
    const key = { 'idempotency-key': message };
    const leaving = new AbortController();
    const asked = fetch(`${edge.url}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({ message }),
      headers: { 'content-type': 'application/json', 'x-stourio-key': KEY, ...key },
      signal: leaving.signal,
    });
    const signal = await signalOf(message);
    leaving.abort();
    await expect(asked).rejects.toThrow('aborted');
    await decide(signal, { ...answered, outcome: 'answer' });
    expect((await say({ message }, key)).body).toMatchObject({
      status: 'completed',
      signal_id: signal.id,
    });
  });

  it('SIG-7: a service that stops keeps nobody waiting', async () => {
    const going = await bench.another({ SIGNALBOX_DATABASE_URL: '' });
    const message = aMessage();
    const asked = say({ message }, {}, going);
    await signalOf(message);
    await going.stop();
    expect(await asked).toMatchObject({ status: 202, body: { status: 'running' } });
  });

  it('SIG-7: answers 503 while it cannot be durable, and goes on when NATS is back', async () => {
    const message = aMessage();
    const asked = say({ message });
    const signal = await signalOf(message);
    await bench.nats.kill();
    try {
      const { status, body } = await say({ message: aMessage() }, {}, impatient);
      expect(status).toBe(503);
      expect(body['detail']).toMatch(/^Nothing was taken/);
    } finally {
      await bench.nats.restart();
    }
    await eventually(() =>
      decide(signal, { ...answered, outcome: 'answer' }).then(
        () => true,
        () => false,
      ),
    );
    expect((await asked).body).toMatchObject({ status: 'completed', signal_id: signal.id });
  });
});

interface Said {
  readonly message?: string;
}
