import { SystemClock, type RecordedEvent } from '@signalbox/kernel';
import {
  counted,
  eventually,
  feedEvents,
  itKeepsTheEventFeedContract,
  newCounter,
  specContext,
  startEmbeddedTestNats,
  type EmbeddedTestNats,
} from '@signalbox/testing';
import { NO_EVENTS } from './event-store.port.ts';
import { JetStreamEventFeed } from './jetstream-event-feed.ts';
import { JetStreamEventStore } from './jetstream-event-store.ts';

describe('the event feed on JetStream', () => {
  let nats: EmbeddedTestNats;

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterAll(() => nats.stop());

  const roomOf = (env: string) => ({
    store: new JetStreamEventStore({
      connection: nats.connection,
      env,
      definitions: feedEvents,
      clock: new SystemClock(),
      source: 'signalbox/spec',
    }),
    feed: new JetStreamEventFeed({ connection: nats.connection, env, definitions: feedEvents }),
  });

  itKeepsTheEventFeedContract(() => roomOf('contract'));

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
