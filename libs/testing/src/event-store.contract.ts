import {
  AppError,
  defineEvent,
  newId,
  type EventDefinition,
  type MessageContext,
} from '@signalbox/kernel';
import {
  EVENT_BYTES_MAX,
  NO_EVENTS,
  type AggregateRef,
  type EventStore,
  type Head,
  type History,
  type ReadOptions,
} from '@signalbox/messaging';
import { z } from 'zod';
import { eventually } from './eventually.ts';

/** What the contract needs of the store it is run against. */
export interface EventStoreSubject {
  /** A writer of its own on the one log, as another process would be. */
  open(definitions: readonly EventDefinition[]): EventStore;
  /** Puts a message that is no event on the subject of an aggregate, as a stranger may. */
  publishForeign(ref: AggregateRef): Promise<void>;
}

const RACERS = 50;
const PROCESSES = 5;
const AGGREGATES = 500;

export const counted = defineEvent({
  type: 'counter.counted',
  aggregate: 'counter',
  summary: 'Something was counted.',
  schema: z.object({ by: z.string() }),
});

const countedSince = defineEvent({
  type: 'counter.counted',
  aggregate: 'counter',
  summary: 'Something was counted, and how often.',
  schema: z.object({ by: z.string(), times: z.number() }),
  upcasters: [(data) => ({ ...(data as object), times: 1 })],
});

export const specContext: MessageContext = {
  correlationId: newId(),
  causationId: newId(),
  actor: 'person:Zoë "the boss" 100%',
  epoch: 7,
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

export const newCounter = () => ({ aggregate: 'counter', id: newId() });

/** What every event store promises, whatever it is made of. */
export function itKeepsTheEventStoreContract(start: () => EventStoreSubject): void {
  let subject: EventStoreSubject;
  let store: EventStore;

  beforeAll(() => {
    subject = start();
    store = subject.open([counted]);
  });

  const append = (ref: ReturnType<typeof newCounter>, head: Head, ...by: string[]) =>
    store.append(
      ref,
      head,
      by.map((name) => counted.of({ by: name })),
      specContext,
    );

  /** A replica that is not the leader may be a little behind, so its answer is waited for. */
  const readUpTo = (
    head: Head,
    ref: ReturnType<typeof newCounter>,
    options: ReadOptions,
  ): Promise<History> =>
    eventually(async () => {
      const history = await store.read(ref, options);
      return history.head.sequence >= head.sequence && history;
    });

  it('gives back what was appended, in order, with all that is known of it', async () => {
    const ref = newCounter();
    const first = await append(ref, NO_EVENTS, 'a');
    const second = await append(ref, first.head, 'b', 'c');
    const { events, head } = await store.read(ref, { fresh: true });
    expect(events).toEqual([...first.events, ...second.events]);
    expect(head).toEqual(second.head);
    expect(head.version).toBe(3);
    expect(events.map((e) => e.data)).toEqual([{ by: 'a' }, { by: 'b' }, { by: 'c' }]);
    expect(events.map((e) => e.record.version)).toEqual([1, 2, 3]);
    expect(events.map((e) => e.record.sequence)).toEqual(
      events.map((e) => e.record.sequence).toSorted((x, y) => x - y),
    );
    expect(events[0]?.record).toMatchObject({
      ...specContext,
      aggregate: 'counter',
      aggregateId: ref.id,
    });
    expect(new Set(events.map((e) => e.record.id)).size).toBe(3);
  });

  it('has no events and no head where nothing was appended', async () => {
    for (const fresh of [false, true]) {
      expect(await store.read(newCounter(), { fresh })).toEqual({ events: [], head: NO_EVENTS });
    }
  });

  it('appends nothing when there is nothing to append', async () => {
    const ref = newCounter();
    const { head } = await append(ref, NO_EVENTS, 'a');
    expect(await append(ref, head)).toEqual({ events: [], head });
  });

  it('sees its own appends at once when read fresh', async () => {
    const ref = newCounter();
    let head = NO_EVENTS;
    for (let i = 0; i < 30; i++) {
      head = (await append(ref, head, `${i}`)).head;
      expect((await store.read(ref, { fresh: true })).head).toEqual(head);
    }
  });

  it('gives the last event, of its own and of others, at once', async () => {
    const ref = newCounter();
    expect(await store.last(ref)).toBeUndefined();
    const first = await append(ref, NO_EVENTS, 'a');
    expect(await store.last(ref)).toEqual(first.events[0]);
    const other = [counted.of({ by: 'b' }), counted.of({ by: 'c' })];
    const second = await subject.open([counted]).append(ref, first.head, other, specContext);
    expect(await store.last(ref)).toEqual(second.events[1]);
  });

  it('reads a long history whole', async () => {
    const ref = newCounter();
    let head = NO_EVENTS;
    for (let i = 0; i < 3; i++) {
      const names = Array.from({ length: 700 }, (_, n) => `${i}.${n}`);
      head = (await append(ref, head, ...names)).head;
    }
    const { events } = await store.read(ref, { fresh: true });
    expect(events.map((e) => e.record.version)).toEqual(events.map((_, i) => i + 1));
    expect(events).toHaveLength(2_100);
  });

  it('gives only what stands behind a head that was seen, when asked for that', async () => {
    const ref = newCounter();
    const first = await append(ref, NO_EVENTS, 'a');
    const second = await append(ref, first.head, 'b');
    const third = await append(ref, second.head, 'c');
    for (const fresh of [false, true]) {
      const since = (after: Head) => readUpTo(third.head, ref, { fresh, after });
      expect(await since(third.head)).toEqual({ events: [], head: third.head });
      expect(await since(second.head)).toEqual(third);
      expect(await since(first.head)).toEqual({
        events: [...second.events, ...third.events],
        head: third.head,
      });
    }
  });

  it('gives each event the context of its own, when there is one', async () => {
    const ref = newCounter();
    const events = ['a', 'b'].map((by) => counted.of({ by }));
    const causes = new Map(events.map((event) => [event, newId()]));
    await store.append(ref, NO_EVENTS, events, (event) => ({
      ...specContext,
      causationId: causes.get(event as (typeof events)[0]) ?? '',
    }));
    const { events: read } = await store.read(ref, { fresh: true });
    expect(read.map(({ record }) => record.causationId)).toEqual([...causes.values()]);
  });

  it('refuses an append behind a head that is no longer the last', async () => {
    const ref = newCounter();
    const { head } = await append(ref, NO_EVENTS, 'a');
    await append(ref, head, 'b');
    await expect(append(ref, head, 'c')).rejects.toMatchObject({ kind: 'conflict' });
    await expect(append(ref, NO_EVENTS, 'c')).rejects.toMatchObject({ kind: 'conflict' });
    expect((await store.read(ref, { fresh: true })).events).toHaveLength(2);
  });

  it('refuses an append behind a head that never was', async () => {
    const ref = newCounter();
    const ahead = { sequence: 1_000_000_000, version: 4 };
    await expect(append(ref, ahead, 'a')).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('appends the events of one decision all or none', async () => {
    const ref = newCounter();
    await append(ref, NO_EVENTS, 'a');
    await expect(append(ref, NO_EVENTS, 'b', 'c', 'd')).rejects.toMatchObject({ kind: 'conflict' });
    const tooLarge = [counted.of({ by: 'e' }), counted.of({ by: 'x'.repeat(EVENT_BYTES_MAX + 1) })];
    const { head } = await store.read(ref, { fresh: true });
    await expect(store.append(ref, head, tooLarge, specContext)).rejects.toMatchObject({
      kind: 'too_large',
    });
    expect((await store.read(ref, { fresh: true })).events.map((e) => e.data)).toEqual([
      { by: 'a' },
    ]);
  });

  it('refuses events that its reader would not know', async () => {
    const stranger = defineEvent({ ...counted, type: 'counter.reset' });
    const events = [stranger.of({ by: 'a' })];
    await expect(store.append(newCounter(), NO_EVENTS, events, specContext)).rejects.toMatchObject({
      code: 'unregistered_event',
    });
  });

  it('lets one of fifty writers win each head of an aggregate', async () => {
    const writers = Array.from({ length: PROCESSES }, () => subject.open([counted]));
    const ref = newCounter();
    for (let round = 1; round <= 4; round++) {
      const { head } = await store.read(ref, { fresh: true });
      const outcomes = await Promise.allSettled(
        Array.from({ length: RACERS }, (_, i) =>
          writers[i % PROCESSES]?.append(ref, head, [counted.of({ by: `${i}` })], specContext),
        ),
      );
      const winners = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []));
      const losses = outcomes.flatMap((o) =>
        o.status === 'rejected' ? [o.reason as AppError] : [],
      );
      expect(losses.map((e) => e.kind)).toEqual(losses.map(() => 'conflict'));
      expect(winners).toHaveLength(1);
      const { events } = await store.read(ref, { fresh: true });
      expect(events).toHaveLength(round);
      expect(events.at(-1)).toEqual(winners[0]?.events[0]);
    }
  });

  it('keeps many concurrent aggregates apart, conflicts among them', async () => {
    const refs = Array.from({ length: AGGREGATES }, newCounter);
    const taken = await append(refs[0] ?? newCounter(), NO_EVENTS, 'taken');
    const conflicting = new Set(Array.from({ length: 10 }, (_, i) => 7 + 37 * i));
    await Promise.all(refs.map((ref, i) => conflicting.has(i) && append(ref, NO_EVENTS, 'before')));
    const work = refs.slice(1).map(async (ref, i) => {
      const names = i % 3 === 0 ? ['a', 'b'] : ['a'];
      const appended = await append(ref, NO_EVENTS, ...names);
      return append(ref, appended.head, 'z');
    });
    const outcomes = await Promise.allSettled(work);
    for (const [i, outcome] of outcomes.entries()) {
      const ref = refs[i + 1] ?? newCounter();
      const { events, head } = await store.read(ref, { fresh: true });
      const by = events.map((e) => (e.data as { by: string }).by);
      if (conflicting.has(i + 1)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { kind: 'conflict' } });
        expect(by).toEqual(['before']);
      } else {
        expect(outcome).toMatchObject({ status: 'fulfilled', value: { head } });
        expect(by).toEqual(i % 3 === 0 ? ['a', 'b', 'z'] : ['a', 'z']);
      }
    }
    expect((await store.read(refs[0] ?? newCounter(), { fresh: true })).head).toEqual(taken.head);
  });

  it('leaves out what is no event, and appends behind it', async () => {
    const ref = newCounter();
    await subject.publishForeign(ref);
    expect(await store.last(ref)).toBeUndefined();
    const first = await append(ref, NO_EVENTS, 'a');
    await subject.publishForeign(ref);
    await subject.publishForeign(ref);
    expect(await store.last(ref)).toEqual(first.events[0]);
    const read = await store.read(ref, { fresh: true });
    expect(read.events).toEqual(first.events);
    expect(read.head.version).toBe(1);
    expect(read.head.sequence).toBeGreaterThan(first.head.sequence);
    const second = await append(ref, read.head, 'b');
    expect(second.head.version).toBe(2);
    await subject.publishForeign(ref);
    const third = await append(ref, second.head, 'c', 'd');
    await subject.publishForeign(ref);
    const { head } = await store.read(ref, { fresh: true });
    expect(head.version).toBe(4);
    for (const fresh of [false, true]) {
      const { events } = await readUpTo(head, ref, { fresh });
      expect(events).toEqual([...first.events, ...second.events, ...third.events]);
      const since = await readUpTo(head, ref, { fresh, after: second.head });
      expect(since).toEqual({ events: third.events, head });
    }
    await expect(append(ref, first.head, 'e')).rejects.toMatchObject({ kind: 'conflict' });
    await expect(append(ref, NO_EVENTS, 'e')).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('reads old events in the shape they have today', async () => {
    const ref = newCounter();
    const { head } = await append(ref, NO_EVENTS, 'a');
    const today = subject.open([countedSince]);
    await today.append(ref, head, [countedSince.of({ by: 'b', times: 2 })], specContext);
    const { events } = await today.read(ref, { fresh: true });
    expect(events.map((e) => e.data)).toEqual([
      { by: 'a', times: 1 },
      { by: 'b', times: 2 },
    ]);
    expect(events.map((e) => e.schemaVersion)).toEqual([2, 2]);
  });

  it('does not guess at an event of a newer release', async () => {
    const ref = newCounter();
    await subject
      .open([countedSince])
      .append(ref, NO_EVENTS, [countedSince.of({ by: 'b', times: 2 })], specContext);
    for (const older of [store, subject.open([])]) {
      const unknown = { kind: 'unavailable', code: 'unknown_event_type' };
      await expect(older.read(ref, { fresh: true })).rejects.toMatchObject(unknown);
      await expect(older.last(ref)).rejects.toMatchObject(unknown);
    }
  });
}
