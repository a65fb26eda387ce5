import { feedEvents, itKeepsTheEventFeedContract } from './event-feed.contract.ts';
import { InMemoryEventFeed } from './in-memory-event-feed.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';

describe('the event feed in memory', () => {
  itKeepsTheEventFeedContract(() => {
    const store = new InMemoryEventStore({ definitions: feedEvents });
    return { store, feed: new InMemoryEventFeed(store.log, feedEvents) };
  });
});
