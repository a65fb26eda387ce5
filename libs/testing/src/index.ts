export { specOf } from './decider-spec.ts';
export { feedEvents, itKeepsTheEventFeedContract, newerFeedEvents } from './event-feed.contract.ts';
export {
  counted,
  itKeepsTheEventStoreContract,
  newCounter,
  specContext,
} from './event-store.contract.ts';
export { InMemoryEventFeed } from './in-memory-event-feed.ts';
export { InMemoryEventStore } from './in-memory-event-store.ts';
export { RecordingCommandBus } from './recording-command-bus.ts';
export { answerLost, faultyConnection, requestLost } from './faulty-connection.ts';
export { eventually } from './eventually.ts';
export { startStandIn, type StandIn } from './stand-in.ts';
export {
  startEmbeddedTestNats,
  startTestNats,
  type EmbeddedTestNats,
  type TestNats,
} from './test-nats.ts';
export {
  startEmbeddedTestPostgres,
  startTestPostgres,
  type EmbeddedTestPostgres,
  type TestPostgres,
} from './test-postgres.ts';
