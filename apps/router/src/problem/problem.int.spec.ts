import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/nats-core';
import {
  agentDefined,
  agentSchema,
  allEvents,
  decisionMade,
  type Signal,
  startAgent,
} from '@signalbox/contracts';
import { SystemClock } from '@signalbox/kernel';
import {
  JetStreamEventStore,
  NO_EVENTS,
  publishDurably,
  streams,
  subjectsOf,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { start } from '../main.ts';
import { messageOf } from '../signal/signal.fixture.spec.ts';
import { aReport, at } from './report.fixture.spec.ts';

const context = { correlationId: 'c', causationId: 'c', actor: 'person:test', epoch: 0 } as const;
const REPORTS = 200;
const SETTLED_MAX_MS = 120_000;

describe('two routers on a real server', () => {
  let nats: TestNats;
  let manager: JetStreamManager;
  let store: JetStreamEventStore;
  let routers: readonly RunningService[] = [];

  beforeAll(async () => {
    nats = await startTestNats();
    const { connection, env } = nats;
    manager = await jetstreamManager(connection);
    const clock = new SystemClock();
    store = new JetStreamEventStore({
      connection,
      env,
      definitions: allEvents,
      clock,
      source: 's',
    });
    const about = { id: 'diagnose_repair', name: 'd', role: 'r', tools: [], stepsMax: 3 };
    const agent = agentSchema.parse(about);
    const ref = { aggregate: 'agent', id: agent.id };
    await store.append(ref, NO_EVENTS, [agentDefined.of({ agent })], context);
    const settings = {
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_LOG_LEVEL: 'error',
    };
    routers = [await start(settings), await start(settings)];
  });

  afterAll(async () => {
    await Promise.all(routers.map((router) => router.stop()));
    await nats?.stop();
  });

  let published = 0;
  const publish = async (signal: Signal) => {
    const message = messageOf(signal);
    const [, , ...rest] = message.subject.split('.');
    const all = headers();
    for (const [name, value] of Object.entries(message.headers)) all.set(name, value);
    const subject = `signals.${nats.env}.${rest.join('.')}`;
    const messageId = `${signal.id}.${signal.raw.deliveryId}`;
    const { seq } = await publishDurably(nats.connection, {
      subject,
      headers: all,
      bytes: message.bytes,
      messageId,
    });
    published = Math.max(published, seq);
  };
  const whenIdle = () =>
    eventually(async () => {
      const consumer = await manager.consumers.info(streams.signals, `${nats.env}_router`);
      // Not what is pending: the consumer hears of a message after whoever published it.
      return consumer.ack_floor.stream_seq >= published;
    }, SETTLED_MAX_MS);
  const read = async (aggregate: string, id = '') =>
    (await store.read({ aggregate, id }, { fresh: true })).events;
  const startsSent = async () => {
    const subject = subjectsOf(nats.env).command(startAgent.service, startAgent.name);
    const { state } = await manager.streams.info(streams.commands, { subjects_filter: subject });
    return state.subjects?.[subject] ?? 0;
  };

  it('SIG-4: of 200 reports of one fact at once one is decided, and all are counted', async () => {
    const before = await startsSent();
    const reports = Array.from({ length: REPORTS }, (_, n) => aReport({ seen: n, start: 0 }));
    await Promise.all(reports.map(publish));
    await whenIdle();
    const [first = aReport({ seen: 0, start: 0 })] = reports;
    expect((await read('signal', first.id)).map(({ type }) => type)).toEqual([
      'signal.received',
      'decision.made',
    ]);
    expect(await startsSent()).toBe(before + 1);
    const problem = await read('problem', first.problemId);
    expect(problem).toHaveLength(REPORTS);
    expect(problem[0]).toMatchObject({ type: 'problem.opened', record: { version: 1 } });
    expect(problem.at(-1)).toMatchObject({ type: 'problem.repeated', data: { count: REPORTS } });
    const deliveries = problem.map(({ data }) => (data as { deliveryId: string }).deliveryId);
    expect(new Set(deliveries).size).toBe(REPORTS);

    await publish(aReport({ seen: REPORTS, start: 0, status: 'resolved' }));
    await whenIdle();
    expect((await read('problem', first.problemId)).at(-1)).toMatchObject({
      type: 'problem.resolved',
      data: { seenAt: at(REPORTS) },
    });
    expect(await startsSent()).toBe(before + 1);
  });

  it('SIG-4: of 200 reports without a date one is decided, and each other is grouped with it', async () => {
    const before = await startsSent();
    const source = 'sensor';
    const reports = Array.from({ length: REPORTS }, (_, n) => aReport({ seen: n, source }));
    await Promise.all(reports.map(publish));
    await whenIdle();
    const [opened, ...repeated] = await read('problem', reports[0]?.problemId);
    const signalId = (opened?.data as { signalId: string } | undefined)?.signalId;
    expect(repeated.at(-1)?.data).toMatchObject({ count: REPORTS });
    const decisions = await Promise.all(
      reports.map(async ({ id }) => {
        const decided = (await read('signal', id)).filter(({ type }) => type === decisionMade.type);
        expect(decided).toHaveLength(1);
        return { id, ...decisionMade.schema.parse(decided[0]?.data) };
      }),
    );
    for (const { id, outcome, groupedWith } of decisions) {
      const isFirst = id === signalId;
      expect(outcome).toBe(isFirst ? 'run' : 'grouped');
      expect(groupedWith).toBe(isFirst ? undefined : signalId);
    }
    expect(await startsSent()).toBe(before + 1);
  });
});
