import { itKeepsTheEventStoreContract } from './event-store.contract.ts';
import { InMemoryEventStore } from './in-memory-event-store.ts';
import { InMemoryLog } from './in-memory-log.ts';

describe('the event store in memory', () => {
  itKeepsTheEventStoreContract(() => {
    const log = new InMemoryLog();
    return {
      open: (definitions) => new InMemoryEventStore({ definitions, log }),
      publishForeign: async (ref) => log.appendForeign(ref),
    };
  });
});
