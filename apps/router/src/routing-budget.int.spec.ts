import { LLMock } from '@copilotkit/aimock';
import {
  agentDefined,
  agentSchema,
  allEvents,
  decisionMade,
  SIGNAL_SCHEMA,
  type Signal,
} from '@signalbox/contracts';
import { newId, SystemClock } from '@signalbox/kernel';
import {
  headerNames,
  JetStreamEventStore,
  NO_EVENTS,
  publishDurably,
  subjectsOf,
} from '@signalbox/messaging';
import { headers } from '@nats-io/nats-core';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './main.ts';
import { aSignal } from './signal/signal.fixture.spec.ts';

const context = { correlationId: 'c', causationId: 'c', actor: 'person:test', epoch: 0 } as const;
const toEscalate = {
  name: 'route_to_agent',
  arguments: JSON.stringify({
    agent_type: 'escalate',
    objective: 'Tell somebody.',
    risk_level: 'low',
    reasoning: 'r',
  }),
};
const usage = { prompt_tokens: 9_000, completion_tokens: 1_000, total_tokens: 10_000 };

describe('the budget of routing, over HTTP', () => {
  const mock = new LLMock({ port: 0, logLevel: 'silent' });
  let nats: TestNats;
  let folder: string;
  let store: JetStreamEventStore;
  let router: RunningService | undefined;

  beforeAll(async () => {
    nats = await startTestNats();
    folder = await mkdtemp(join(tmpdir(), 'signalbox-budgets-'));
    await writeFile(join(folder, 'b.yaml'), "sources: { '*': { day: { tokens: 12000 } } }");
    await mock.start();
    mock.on({ predicate: () => true }, { toolCalls: [toEscalate], usage });
    const { connection, env } = nats;
    const clock = new SystemClock();
    const definitions = allEvents;
    store = new JetStreamEventStore({ connection, env, definitions, clock, source: 'spec' });
    const about = { id: 'escalate', name: 'e', role: 'r', tools: [], stepsMax: 3 };
    const agent = agentSchema.parse(about);
    const ref = { aggregate: 'agent', id: agent.id };
    await store.append(ref, NO_EVENTS, [agentDefined.of({ agent })], context);
    router = await startRouter();
  });
  afterAll(async () => {
    await router?.stop();
    await mock.stop();
    await nats?.stop();
    await rm(folder, { recursive: true });
  });

  const startRouter = () =>
    start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: nats.env,
      SIGNALBOX_LOG_LEVEL: 'error',
      SIGNALBOX_BUDGETS: join(folder, 'b.yaml'),
      SIGNALBOX_ROUTER_MODEL_PROVIDER: 'openai',
      SIGNALBOX_ROUTER_MODEL: 'gpt-4o',
      SIGNALBOX_ROUTER_MODEL_BASE_URL: `${mock.url}/v1`,
    });

  async function decisionOn(about: Partial<Signal>) {
    const signal = aSignal({ fingerprint: newId(), ...about });
    const all = headers();
    all.set(headerNames.dataSchema, SIGNAL_SCHEMA);
    all.set(headerNames.id, signal.id);
    await publishDurably(nats.connection, {
      subject: subjectsOf(nats.env).signal(signal.source, signal.type),
      headers: all,
      bytes: Buffer.from(JSON.stringify(signal)),
    });
    return eventually(async () => {
      const ref = { aggregate: 'signal', id: signal.id };
      const { events } = await store.read(ref, { fresh: true });
      const decision = events.find(({ type }) => type === decisionMade.type);
      return decision && decisionMade.schema.parse(decision.data);
    });
  }

  it('AGT-6, RTE-1: over the budget of its source a signal waits for a person, and no model is asked', async () => {
    expect(await decisionOn({ source: 'noisy' })).toMatchObject({
      outcome: 'run',
      model: { promptTokens: 9_000, completionTokens: 1_000, usd: 0.0325 },
    });
    expect(mock.getRequests()).toHaveLength(1);
    const over = {
      outcome: 'needs_info',
      message: expect.stringContaining('The budget of source noisy for a day is 12000 tokens'),
      model: { promptTokens: 0, completionTokens: 0 },
    };
    expect(await decisionOn({ source: 'noisy' })).toMatchObject(over);
    await router?.stop();
    router = await startRouter();
    expect(await decisionOn({ source: 'noisy' })).toMatchObject(over);
    expect(mock.getRequests()).toHaveLength(1);
    expect(await decisionOn({ source: 'quiet' })).toMatchObject({ outcome: 'run' });
    expect(mock.getRequests()).toHaveLength(2);
  });
});
