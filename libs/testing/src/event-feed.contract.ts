import { defineEvent, newId, type EventDefinition, type RecordedEvent } from '@signalbox/kernel';
import {
  NO_EVENTS,
  type AggregateRef,
  type EventFeed,
  type EventStore,
} from '@signalbox/messaging';
import { z } from 'zod';
import { counted, specContext } from './event-store.contract.ts';
import { eventually } from './eventually.ts';

const rung = defineEvent({
  type: 'bell.rung',
  aggregate: 'bell',
  summary: 'A bell rang.',
  schema: z.object({ by: z.string() }),
});

const howled = defineEvent({
  type: 'siren.howled',
  aggregate: 'siren',
  summary: 'A siren howled.',
  schema: z.object({}),
});

/** What a release knows that is newer than the one whose feed is tried. */
export const newerFeedEvents: readonly EventDefinition[] = [howled];

/** Ago, on a machine that may stand still for some seconds. */
const HEARD_MAX_MS = 30_000;

/** Every event that the contract writes. */
export const feedEvents: readonly EventDefinition[] = [counted, rung];

export interface EventFeedSubject {
  readonly store: EventStore;
  /** The store of a release that knows `howled` too. */
  newer(): EventStore;
  readonly feed: EventFeed;
  /** Puts a message that is no event on the subject of an aggregate, as a stranger may. */
  publishForeign(ref: AggregateRef): Promise<void>;
}

/** What every event feed promises. `start` gives a log that nobody else writes to. */
export function itKeepsTheEventFeedContract(start: () => EventFeedSubject): void {
  let subject: EventFeedSubject;
  let after = 0;

  beforeAll(() => {
    subject = start();
  });

  const append = async (definition: typeof counted | typeof rung, ...by: string[]) => {
    const ref = { aggregate: definition.aggregate, id: newId() };
    const events = by.map((name) => definition.of({ by: name }));
    const appended = await subject.store.append(ref, NO_EVENTS, events, specContext);
    after = appended.head.sequence;
    return appended.events;
  };

  it('hands over what was appended before and what is appended after, in order', async () => {
    const from = after;
    const before = await append(counted, 'a', 'b');
    const seen: RecordedEvent[] = [];
    const feed = await subject.feed.follow({ after: from, handle: (e) => void seen.push(...e) });
    await feed.whenCaughtUp();
    expect(seen).toEqual(before);
    expect(feed.position).toBe(after);
    const later = [...(await append(rung, 'c')), ...(await append(counted, 'd'))];
    await feed.whenCaughtUp();
    expect(seen).toEqual([...before, ...later]);
    await feed.stop();
    await append(counted, 'e');
    expect(seen).toHaveLength(4);
  });

  it('goes on after a position, and hands over no more at once than it may', async () => {
    const from = after;
    const first = await append(counted, 'a');
    const rest = await append(counted, ...Array.from({ length: 25 }, (_, i) => `${i}`));
    const batches: (readonly RecordedEvent[])[] = [];
    const feed = await subject.feed.follow({
      after: from + first.length,
      batchMax: 10,
      handle: (events) => void batches.push(events),
    });
    await feed.whenCaughtUp();
    expect(batches.flat()).toEqual(rest);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(10);
    await feed.stop();
  });

  it('leaves out what is no event, and moves past it', async () => {
    const ref = { aggregate: 'counter', id: newId() };
    const from = after;
    await subject.publishForeign(ref);
    const seen: RecordedEvent[] = [];
    let told = from;
    const feed = await subject.feed.follow({
      after: from,
      aggregates: ['counter'],
      handle: (events, position) => {
        seen.push(...events);
        told = position;
      },
    });
    await feed.whenCaughtUp();
    expect(seen).toEqual([]);
    expect(told).toBe(from + 1);
    const appended = await append(counted, 'a');
    await subject.publishForeign({ aggregate: 'whistle', id: newId() });
    await subject.publishForeign(ref);
    await feed.whenCaughtUp();
    expect(seen).toEqual(appended);
    expect(told).toBe(after + 2);
    expect(feed.position).toBe(told);
    await feed.stop();
    after = told;
  });

  it('stops at an event of a newer release', async () => {
    const newer = subject.newer();
    const feed = await subject.feed.follow({ after, aggregates: ['siren'], handle: () => {} });
    const ref = { aggregate: 'siren', id: newId() };
    const { head } = await newer.append(ref, NO_EVENTS, [howled.of({})], specContext);
    await expect(feed.whenStopped()).rejects.toMatchObject({ code: 'unknown_event_type' });
    expect(feed.position).toBe(after);
    after = head.sequence;
  });

  it('follows the aggregates it is asked to', async () => {
    const from = after;
    await append(counted, 'a');
    const bells = await append(rung, 'b');
    await append(counted, 'c');
    const seen: RecordedEvent[] = [];
    const feed = await subject.feed.follow({
      after: from,
      aggregates: ['bell', 'whistle'],
      handle: (events) => void seen.push(...events),
    });
    await feed.whenCaughtUp();
    expect(seen).toEqual(bells);
    await feed.stop();
  });

  it('begins at the end when it is asked to', async () => {
    await append(counted, 'a');
    const seen: RecordedEvent[] = [];
    const feed = await subject.feed.follow({
      after: 'end',
      aggregates: ['counter', 'bell'],
      handle: (events) => void seen.push(...events),
    });
    await feed.whenCaughtUp();
    expect(seen).toEqual([]);
    const later = await append(counted, 'b');
    await feed.whenCaughtUp();
    expect(seen).toEqual(later);
    await feed.stop();
  });

  it('begins with what was stored at or after a time', async () => {
    await append(counted, 'a');
    const since = new Date(Date.now() + 1);
    await eventually(() => Date.now() > since.getTime());
    const seen: RecordedEvent[] = [];
    const follow = () =>
      subject.feed.follow({
        after: since,
        aggregates: ['counter', 'bell'],
        handle: (e) => void seen.push(...e),
      });
    const early = await follow();
    await early.whenCaughtUp();
    expect(seen).toEqual([]);
    await early.stop();
    const later = [...(await append(rung, 'b')), ...(await append(counted, 'c'))];
    const feed = await follow();
    await feed.whenCaughtUp();
    expect(seen).toEqual(later);
    expect(feed.position).toBe(after);
    await feed.stop();
  });

  it('has caught up at once where there is nothing to follow', async () => {
    const feed = await subject.feed.follow({ after, aggregates: ['whistle'], handle: () => {} });
    await feed.whenCaughtUp();
    expect(Date.now() - feed.heardAt).toBeLessThan(HEARD_MAX_MS);
    await feed.stop();
    await feed.whenStopped();
  });

  it('waits for one handling before the next', async () => {
    const from = after;
    let running = 0;
    let most = 0;
    const feed = await subject.feed.follow({
      after: from,
      batchMax: 1,
      handle: async () => {
        most = Math.max(most, ++running);
        await Promise.resolve();
        running--;
      },
    });
    await append(counted, 'a', 'b', 'c');
    await feed.whenCaughtUp();
    expect(most).toBe(1);
    await feed.stop();
  });

  it('stops at what could not be handled, and says why', async () => {
    const from = after;
    await append(counted, 'a');
    const position = after;
    await append(counted, 'b');
    await append(counted, 'c');
    const seen: unknown[] = [];
    const feed = await subject.feed.follow({
      after: from,
      batchMax: 1,
      handle: ([event]) => {
        seen.push(event?.data);
        if (seen.length === 2) throw new Error('no room');
      },
    });
    await expect(feed.whenStopped()).rejects.toThrow('no room');
    await expect(feed.whenCaughtUp()).rejects.toThrow('no room');
    expect(seen).toEqual([{ by: 'a' }, { by: 'b' }]);
    expect(feed.position).toBe(position);
  });
}
