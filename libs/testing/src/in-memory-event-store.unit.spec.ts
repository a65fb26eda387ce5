import { itKeepsTheEventStoreContract } from './event-store.contract.ts';
import { InMemoryEventStore, InMemoryLog } from './in-memory-event-store.ts';

describe('the event store in memory', () => {
  itKeepsTheEventStoreContract(() => {
    const log = new InMemoryLog();
    return { open: (definitions) => new InMemoryEventStore({ definitions, log }) };
  });
});
