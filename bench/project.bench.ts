import { allEvents } from '@signalbox/contracts';
import { SystemClock, type RecordedEvent } from '@signalbox/kernel';
import { JetStreamEventFeed, JetStreamEventStore, type EventFeed } from '@signalbox/messaging';
import { connectPostgres } from '@signalbox/postgres';
import {
  connectReadModels,
  migrateReadModels,
  ReadModelWriter,
  rebuildReadModels,
} from '@signalbox/read-models';
import { setTimeout as delay } from 'node:timers/promises';
import { inTurns, median, percentile, perSecond, type Bench } from './measure.ts';
import { startApp } from './programs.ts';
import { startBroker, startDatabase } from './servers.ts';
import { insertAll } from './plain-table.ts';
import { STORY_EVENTS, tellStory } from './stories.ts';

const ROUNDS = 3;
const STORIES = 4_000;
const WRITERS = 400;
const LIVE_STORIES = 150;
const LIVE_STORIES_PER_S = 25;
const LOOK_AGAIN_MS = 2;

/** The read models out of the audit stream, against rows that are only inserted, beside them. */
export const project: Bench = async (bed) => {
  const [broker, url] = await Promise.all([startBroker(bed), startDatabase(bed)]);
  const stream = { env: 'default', definitions: allEvents };
  const connection = await broker.connect();
  const feed = new JetStreamEventFeed({ ...stream, connection: await broker.connect() });
  const source = 'signalbox/bench';
  const store = new JetStreamEventStore({
    ...stream,
    connection,
    clock: new SystemClock(),
    source,
  });
  await tellStories(store);
  const events = await allOf(feed);

  const options = { url, applicationName: 'signalbox/bench' };
  await migrateReadModels(options);
  const plain = connectPostgres({ ...options, schema: 'public' });
  bed.defer(() => plain.close());
  const times = await inTurns(ROUNDS, {
    read: () => timed(() => allOf(feed)),
    unnest: () => timed(() => insertAll(plain, events)),
    rebuild: () =>
      timed(() => rebuildReadModels(options, (handle) => feed.follow({ after: 0, handle }))),
  });
  await startApp(bed, 'projector', { SIGNALBOX_NATS_URL: broker.url, SIGNALBOX_DATABASE_URL: url });
  const visibleMs = await appendedToVisible(store, visiblePosition(bed, url));
  return {
    value: perSecond(events.length, median(times.rebuild)),
    unit: 'events/s, rebuild of the read models from the stream',
    reference: 'UNNEST-1000 rows/s into one table',
    referenceValue: perSecond(events.length, median(times.unnest)),
    goal: 'ratio >= 0.5, p99_ms <= 100',
    more: {
      read_events_per_s: perSecond(events.length, median(times.read)),
      p50_ms: percentile(visibleMs, 50),
      p99_ms: percentile(visibleMs, 99),
    },
  };
};

async function tellStories(store: JetStreamEventStore): Promise<void> {
  let told = 0;
  const tell = async (): Promise<void> => {
    while (told++ < STORIES) await tellStory(store);
  };
  await Promise.all(Array.from({ length: WRITERS }, tell));
}

async function allOf(feed: EventFeed): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  const following = await feed.follow({ after: 0, handle: (more) => void events.push(...more) });
  await following.whenCaughtUp();
  await following.stop();
  if (events.length !== STORIES * STORY_EVENTS) throw new Error(`${events.length} events only`);
  return events;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** What the public views show, as a query whose answer is the last audit sequence in them. */
function visiblePosition(bed: AsyncDisposableStack, url: string): () => Promise<number> {
  const readModels = connectReadModels({ url, applicationName: 'signalbox/bench' });
  bed.defer(() => readModels.close());
  const writer = new ReadModelWriter(readModels);
  return () => writer.position();
}

/** From the word that a story's last event is on disk until a query shows it; milliseconds. */
async function appendedToVisible(
  store: JetStreamEventStore,
  position: () => Promise<number>,
): Promise<number[]> {
  const begun = performance.now();
  const latenciesMs: number[] = [];
  const stored: { readonly sequence: number; readonly at: number }[] = [];
  let told = 0;
  while (latenciesMs.length < LIVE_STORIES) {
    const due = Math.min(((performance.now() - begun) * LIVE_STORIES_PER_S) / 1_000, LIVE_STORIES);
    for (; told < due; told++) {
      void tellStory(store).then((sequence) => stored.push({ sequence, at: performance.now() }));
    }
    const visible = await position();
    const now = performance.now();
    for (const one of stored.filter(({ sequence }) => sequence <= visible)) {
      latenciesMs.push(now - one.at);
      stored.splice(stored.indexOf(one), 1);
    }
    await delay(LOOK_AGAIN_MS);
  }
  return latenciesMs;
}
