import { SystemClock, type RecordedEvent } from '@signalbox/kernel';
import {
  counted,
  eventually,
  feedEvents,
  itKeepsTheEventFeedContract,
  newCounter,
  newerFeedEvents,
  specContext,
  startEmbeddedTestNats,
  type EmbeddedTestNats,
} from '@signalbox/testing';
import { NO_EVENTS, type AggregateRef } from './event-store.port.ts';
import { foreignKinds, publishForeign } from './foreign-message.fixture.spec.ts';
import { JetStreamEventFeed } from './jetstream-event-feed.ts';
import { JetStreamEventStore } from './jetstream-event-store.ts';
import { subjectsOf } from './subjects.ts';

describe('the event feed on JetStream', () => {
  let nats: EmbeddedTestNats;

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterAll(() => nats.stop());

  const storeOf = (env: string, definitions = feedEvents) =>
    new JetStreamEventStore({
      connection: nats.connection,
      env,
      definitions,
      clock: new SystemClock(),
      source: 'signalbox/spec',
    });
  const roomOf = (env: string) => ({
    store: storeOf(env),
    newer: () => storeOf(env, newerFeedEvents),
    publishForeign: (ref: AggregateRef) =>
      publishForeign(nats.connection, subjectsOf(env).aggregate(ref)),
    feed: new JetStreamEventFeed({ connection: nats.connection, env, definitions: feedEvents }),
  });

  itKeepsTheEventFeedContract(() => roomOf('contract'));

  it('is not stopped by subjects that no event of its environment has', async () => {
    const { store, feed } = roomOf('odd');
    const seen: RecordedEvent[] = [];
    const following = await feed.follow({ after: 0, handle: (e) => void seen.push(...e) });
    for (let kind = 0; kind < foreignKinds; kind++) {
      await publishForeign(nats.connection, 'audit.odd.no-such.x');
    }
    await publishForeign(nats.connection, 'audit.odd.\u{1b}.\u{ff}');
    await publishForeign(nats.connection, 'audit.other.control.global');
    const { events } = await store.append(
      newCounter(),
      NO_EVENTS,
      [counted.of({ by: 'a' })],
      specContext,
    );
    await publishForeign(nats.connection, 'audit.other.control.global');
    await following.whenCaughtUp();
    expect(seen).toEqual(events);
    await following.stop();
  });

  it('goes on where it was when the server comes back, with no event lost or twice', async () => {
    const { store, feed } = roomOf('restart');
    const seen: RecordedEvent[] = [];
    const following = await feed.follow({ after: 0, handle: (e) => void seen.push(...e) });
    const ref = newCounter();
    const appended: RecordedEvent[] = [];
    let head = NO_EVENTS;
    const append = async (n: number): Promise<void> => {
      const events = Array.from({ length: n }, (_, i) => counted.of({ by: `${i}` }));
      const history = await store.append(ref, head, events, specContext);
      head = history.head;
      appended.push(...history.events);
    };
    await append(3);
    await following.whenCaughtUp();
    for (let restarts = 0; restarts < 2; restarts++) {
      await nats.server.kill();
      await nats.server.restart();
      await append(3);
      await eventually(() => seen.length === appended.length);
      expect(seen).toEqual(appended);
    }
    await following.stop();
  });

  it('tells when the server was last heard of, in silence too', async () => {
    const { feed } = roomOf('silence');
    const following = await feed.follow({ after: 0, handle: () => {} });
    const begun = following.heardAt;
    await eventually(() => following.heardAt > begun);
    nats.server.suspend();
    const silent = following.heardAt;
    await eventually(() => Date.now() - following.heardAt > 3_000);
    expect(following.heardAt).toBe(silent);
    nats.server.resume();
    await eventually(() => following.heardAt > silent);
    await following.stop();
  });
});
