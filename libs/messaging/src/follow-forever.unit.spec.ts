import { Logger } from '@nestjs/common';
import { AppError, type RecordedEvent } from '@signalbox/kernel';
import {
  counted,
  eventually,
  feedEvents,
  InMemoryEventFeed,
  InMemoryEventStore,
  newCounter,
  specContext,
} from '@signalbox/testing';
import { EventFeed, type Feed, type FollowOptions } from './event-feed.port.ts';
import { NO_EVENTS } from './event-store.port.ts';
import { followForever, type Following } from './follow-forever.ts';

/** A feed whose server can go away. */
class FrailFeed extends EventFeed {
  readonly #feed: EventFeed;
  #open: Feed[] = [];
  #away = false;
  refused = 0;

  constructor(feed: EventFeed) {
    super();
    this.#feed = feed;
  }

  override async follow(options: FollowOptions): Promise<Feed> {
    if (this.#away) {
      this.refused++;
      throw new AppError({ code: 'away', kind: 'unavailable', message: 'The server is away.' });
    }
    const feed = await this.#feed.follow(options);
    this.#open.push(feed);
    return feed;
  }

  get open(): number {
    return this.#open.length;
  }

  async goAway(): Promise<void> {
    this.#away = true;
    await Promise.all(this.#open.splice(0).map((feed) => feed.stop()));
  }

  comeBack(): void {
    this.#away = false;
  }
}

function setUp() {
  const store = new InMemoryEventStore({ definitions: feedEvents });
  const feed = new FrailFeed(new InMemoryEventFeed(store.log, feedEvents));
  const seen: unknown[] = [];
  const options = {
    name: 'the counters',
    aggregates: [counted.aggregate],
    handle: (events: readonly RecordedEvent[]) =>
      events.forEach(({ data }) => seen.push((data as { by: string }).by)),
  };
  const append = (by: string) =>
    store.append(newCounter(), NO_EVENTS, [counted.of({ by })], specContext);
  return { feed, log: store.log, seen, options, append };
}

describe('followForever', () => {
  let following: Following | undefined;

  beforeAll(() => Logger.overrideLogger(false));
  afterEach(() => following?.stop());

  it('begins at the end when asked to, and misses nothing of what comes while the feed is lost', async () => {
    const { feed, seen, options, append } = setUp();
    await append('a');
    following = await followForever(feed, { ...options, after: 'end' });
    await feed.goAway();
    await append('b');
    feed.comeBack();
    await eventually(() => seen.length > 0);
    expect(seen).toEqual(['b']);
  });

  it('has handled what stood in the stream when it begins, and goes on', async () => {
    const { feed, seen, options, append } = setUp();
    await append('a');
    following = await followForever(feed, options);
    expect(seen).toEqual(['a']);
    await append('b');
    await following.whenCaughtUp();
    expect(seen).toEqual(['a', 'b']);
  });

  it('follows again from where it was when the feed comes back, and is not live meanwhile', async () => {
    const { feed, seen, options, append } = setUp();
    await append('a');
    following = await followForever(feed, options);
    await feed.goAway();
    await eventually(() => !following?.live);
    const { heardAt } = following;
    await append('b');
    await expect(following.whenCaughtUp()).rejects.toMatchObject({
      code: 'event_feed_lost',
      kind: 'unavailable',
    });
    await eventually(() => feed.refused > 0);
    expect(following.heardAt).toBe(heardAt);
    expect(seen).toEqual(['a']);
    feed.comeBack();
    await eventually(() => following?.live);
    expect(seen).toEqual(['a', 'b']);
    expect(following.heardAt).toBeGreaterThan(heardAt);
  });

  it('is not live before it has handled what it missed', async () => {
    const { feed, options, append } = setUp();
    const held = Promise.withResolvers<void>();
    let holds = false;
    const handle = () => (holds ? held.promise : undefined);
    following = await followForever(feed, { ...options, handle });
    await feed.goAway();
    await append('missed');
    holds = true;
    feed.comeBack();
    await eventually(() => feed.open === 1);
    expect(following.live).toBe(false);
    held.resolve();
    await eventually(() => following?.live);
  });

  it('hands over once more what could not be handled', async () => {
    const { feed, seen, options, append } = setUp();
    let fails = true;
    following = await followForever(feed, {
      ...options,
      handle: (events) => {
        if (fails) throw new Error('no room');
        options.handle(events);
      },
    });
    await append('a');
    await eventually(() => !following?.live);
    expect(following.trouble).toMatchObject({ message: 'no room' });
    fails = false;
    await eventually(() => following?.live);
    expect(following.trouble).toBeUndefined();
    expect(seen).toEqual(['a']);
  });

  it('goes on behind what is no event, which is not handed over', async () => {
    const { feed, log, seen, options, append } = setUp();
    following = await followForever(feed, options);
    log.appendForeign(newCounter());
    await append('a');
    await following.whenCaughtUp();
    await feed.goAway();
    await eventually(() => !following?.live);
    log.appendForeign(newCounter());
    feed.comeBack();
    await eventually(() => following?.live);
    expect(seen).toEqual(['a']);
  });

  it('refuses to begin where nothing can be followed', async () => {
    const { feed, options } = setUp();
    await feed.goAway();
    await expect(followForever(feed, options)).rejects.toMatchObject({ code: 'away' });
  });

  it('follows no more once it is stopped, also while the feed is lost', async () => {
    const { feed, seen, options, append } = setUp();
    following = await followForever(feed, options);
    await feed.goAway();
    await eventually(() => !following?.live);
    await following.stop();
    feed.comeBack();
    await append('a');
    expect(feed.open).toBe(0);
    expect(seen).toEqual([]);
  });
});
