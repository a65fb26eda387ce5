import { headers } from '@nats-io/nats-core';
import {
  agentDefined,
  agentSchema,
  allEvents,
  decisionMade,
  problemIdOf,
  problemOpened,
} from '@signalbox/contracts';
import { Clock, idAt, SystemClock } from '@signalbox/kernel';
import {
  JetStreamEventStore,
  NO_EVENTS,
  publishDurably,
  redriveDeadLetter,
  subjectsOf,
} from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { start } from '../main.ts';
import { TAKE_OVER_MS } from './problem-book.ts';

const context = { correlationId: 'c', causationId: 'c', actor: 'person:test', epoch: 0 } as const;

class ClockOfThePast extends Clock {
  now(): Date {
    return new Date(Date.now() - TAKE_OVER_MS);
  }
}

describe('a dead letter of a plain publisher that opened a problem', () => {
  let nats: TestNats;
  let router: RunningService | undefined;
  const storeWith = (clock: Clock) =>
    new JetStreamEventStore({
      connection: nats.connection,
      env: nats.env,
      definitions: allEvents,
      clock,
      source: 'spec',
    });

  beforeAll(async () => {
    nats = await startTestNats();
  });
  afterAll(async () => {
    await router?.stop();
    await nats?.stop();
  });

  /** A report of a router that opened the problem long ago and could not decide it. */
  const deadLetter = async (body: { readonly fingerprint: string }) => {
    const subjects = subjectsOf(nats.env);
    const subject = subjects.signal('probe', 'disk');
    const [time, sequence, stream] = [new ClockOfThePast().now(), 999_999, 'SIGNALS'];
    const id = idAt(time, stream, sequence);
    const { fingerprint } = body;
    const seen = { startsAt: time.toISOString(), seenAt: time.toISOString() };
    const about = { source: 'probe', fingerprint, type: 'disk', title: 'Disk', ...seen };
    const ref = { aggregate: 'problem', id: problemIdOf('probe', fingerprint) };
    const opened = problemOpened.of({ ...about, signalId: id, deliveryId: id });
    await storeWith(new ClockOfThePast()).append(ref, NO_EVENTS, [opened], context);
    const all = headers();
    all.set('signalbox-dead-subject', subject);
    const { seq } = await publishDurably(nats.connection, {
      subject: subjects.deadLetter('router'),
      headers: all,
      bytes: Buffer.from(JSON.stringify(body)),
    });
    return { id, ref, subject, sequence: seq };
  };

  it('SIG-6: is decided when it is sent again, once, and speaks for what follows', async () => {
    const store = storeWith(new SystemClock());
    const agent = agentSchema.parse({
      id: 'diagnose_repair',
      name: 'd',
      role: 'r',
      tools: [],
      stepsMax: 3,
    });
    const agentRef = { aggregate: 'agent', id: agent.id };
    await store.append(agentRef, NO_EVENTS, [agentDefined.of({ agent })], context);
    const body = { title: 'Disk health is bad', fingerprint: 'disk-1' };
    const { id, ref, subject, sequence } = await deadLetter(body);
    router = await start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: nats.env,
      SIGNALBOX_LOG_LEVEL: 'error',
    });
    await redriveDeadLetter(nats.connection, sequence);

    const read = async (aggregate: string, signalId: string) =>
      (await store.read({ aggregate, id: signalId }, { fresh: true })).events;
    const problem = async () =>
      (await read('problem', ref.id)).map(({ type, data }) => ({
        type,
        signalId: (data as { signalId: string }).signalId,
      }));
    const decisionOn = async (signalId = '') =>
      (await read('signal', signalId)).find(({ type }) => type === decisionMade.type)?.data;
    await eventually(async () => (await problem()).length === 2);
    const [, again] = await problem();
    expect(again?.type).toBe('problem.opened');
    await eventually(async () => (await decisionOn(again?.signalId)) !== undefined);
    expect(await decisionOn(again?.signalId)).toMatchObject({ outcome: 'run', by: 'model' });
    expect(await decisionOn(id)).toBeUndefined();

    const bytes = Buffer.from(JSON.stringify(body));
    await publishDurably(nats.connection, { subject, headers: headers(), bytes });
    await eventually(async () => (await problem()).length === 3);
    const [, , repeat] = await problem();
    expect(repeat?.type).toBe('problem.repeated');
    await eventually(async () => (await decisionOn(repeat?.signalId)) !== undefined);
    expect(await decisionOn(repeat?.signalId)).toMatchObject({
      outcome: 'grouped',
      groupedWith: again?.signalId,
    });
  });
});
