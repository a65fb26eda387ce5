import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import {
  agentDefined,
  agentSchema,
  allEvents,
  SIGNAL_SCHEMA,
  type Signal,
  startAgent,
} from '@signalbox/contracts';
import { deriveId, idAt, SystemClock } from '@signalbox/kernel';
import {
  headerNames,
  JetStreamEventStore,
  listDeadLetters,
  NO_EVENTS,
  publishDurably,
  streams,
  subjectsOf,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { start } from './main.ts';
import { aSignal } from './signal/signal.fixture.spec.ts';

const context = { correlationId: 'c', causationId: 'c', actor: 'person:test', epoch: 0 } as const;

describe('router on a real server', () => {
  let nats: TestNats;
  let subjects: ReturnType<typeof subjectsOf>;
  let manager: JetStreamManager;
  let store: JetStreamEventStore;
  let router: RunningService;

  beforeAll(async () => {
    nats = await startTestNats();
    const { connection, env } = nats;
    subjects = subjectsOf(env);
    manager = await jetstreamManager(connection);
    store = new JetStreamEventStore({
      connection,
      env,
      definitions: allEvents,
      clock: new SystemClock(),
      source: 'spec',
    });
    const agent = agentSchema.parse({
      id: 'diagnose_repair',
      name: 'd',
      role: 'r',
      tools: [],
      stepsMax: 3,
    });
    const ref = { aggregate: 'agent', id: agent.id };
    await store.append(ref, NO_EVENTS, [agentDefined.of({ agent })], context);
    router = await start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_LOG_LEVEL: 'error',
    });
  });

  afterAll(async () => {
    await router?.stop();
    await nats?.stop();
  });

  let published = 0;
  const publish = async (subject: string, body: string, header: Record<string, string> = {}) => {
    const all = headers();
    for (const [name, value] of Object.entries(header)) all.set(name, value);
    const bytes = Buffer.from(body);
    const stored = await publishDurably(nats.connection, { subject, headers: all, bytes });
    published = stored.seq;
    return stored;
  };
  const publishSignal = (signal: Signal) =>
    publish(subjects.signal(signal.source, signal.type), JSON.stringify(signal), {
      [headerNames.dataSchema]: SIGNAL_SCHEMA,
      [headerNames.id]: signal.id,
    });
  const whenIdle = () =>
    eventually(async () => {
      const consumer = await manager.consumers.info(streams.signals, `${nats.env}_router`);
      // Not what is pending: the consumer hears of a message after whoever published it.
      return consumer.ack_floor.stream_seq >= published;
    });
  const typesOf = async (id: string) => {
    const { events } = await store.read({ aggregate: 'signal', id }, { fresh: true });
    return events.map(({ type }) => type);
  };
  const commandsFor = async (signalId: string) => {
    const startSubject = subjects.command(startAgent.service, startAgent.name);
    const { subjects: counts } = (
      await manager.streams.info(streams.commands, { subjects_filter: startSubject })
    ).state;
    const found = [];
    for (let next = 1; found.length < (counts?.[startSubject] ?? 0);) {
      const query = { seq: next, next_by_subj: startSubject };
      const stored = await manager.streams.getMessage(streams.commands, query);
      if (stored === null) break;
      found.push(startAgent.schema.parse(stored.json()));
      next = stored.seq + 1;
    }
    return found.filter((command) => command.signalId === signalId);
  };

  it('SIG-6: a signal becomes one decision and one command, also when it comes again', async () => {
    const signal = aSignal();
    await publishSignal(signal);
    await publishSignal(signal);
    await whenIdle();
    expect(await typesOf(signal.id)).toEqual(['signal.received', 'decision.made']);
    expect(await commandsFor(signal.id)).toMatchObject([
      {
        executionId: deriveId(signal.id, 'execution'),
        agent: 'diagnose_repair',
        riskLevel: 'medium',
        input: { labels: { service: 'checkout' } },
      },
    ]);
  });

  it('SIG-5: a program that publishes plain JSON gets the same treatment', async () => {
    const { seq } = await publish(
      subjects.signal('probe', 'disk'),
      '{"title":"Disk health is bad"}',
    );
    await whenIdle();
    const stored = await manager.streams.getMessage(streams.signals, { seq });
    if (stored === null) throw new Error('the signal is gone');
    const id = idAt(stored.time, streams.signals, seq);
    expect(await typesOf(id)).toEqual(['signal.received', 'decision.made']);
    expect(await commandsFor(id)).toHaveLength(1);
  });

  it('SIG-5: malformed messages are dead letters with their reason', async () => {
    await publish(subjects.signal('probe', 'disk'), '{"title":');
    await publish(subjects.signal('probe', 'disk'), '{"severity":7}');
    await whenIdle();
    const letters = await listDeadLetters(nats.connection, subjects.deadLetter('router'));
    const inOrder = letters.toSorted((a, b) => a.originalSequence - b.originalSequence);
    expect(inOrder.map(({ code, message }) => [code, message])).toEqual([
      ['malformed_json', expect.stringContaining('the body is not JSON')],
      ['invalid_input', expect.stringContaining('severity')],
    ]);
  });
});
