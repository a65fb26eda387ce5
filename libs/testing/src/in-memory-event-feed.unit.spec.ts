import { feedEvents, itKeepsTheEventFeedContract, newerFeedEvents } from './event-feed.contract.ts';
import { InMemoryEventFeed } from './in-memory-event-feed.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';

describe('the event feed in memory', () => {
  itKeepsTheEventFeedContract(() => {
    const store = new InMemoryEventStore({ definitions: feedEvents });
    const { log } = store;
    return {
      store,
      newer: () => new InMemoryEventStore({ definitions: newerFeedEvents, log }),
      feed: new InMemoryEventFeed(log, feedEvents),
      publishForeign: async (ref) => log.appendForeign(ref),
    };
  });
});
