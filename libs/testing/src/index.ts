export { busyMs } from './busy-ms.ts';
export { itKeepsTheBlobStoreContract } from './blob-store.contract.ts';
export { debianRoot } from './debian-root.ts';
export { specOf } from './decider-spec.ts';
export { feedEvents, itKeepsTheEventFeedContract, newerFeedEvents } from './event-feed.contract.ts';
export {
  counted,
  itKeepsTheEventStoreContract,
  newCounter,
  specContext,
} from './event-store.contract.ts';
export { InMemoryBlobStore } from './in-memory-blob-store.ts';
export { InMemoryEventFeed } from './in-memory-event-feed.ts';
export { InMemoryRecentCounts } from './in-memory-recent-counts.ts';
export { itKeepsTheRecentCountsContract } from './recent-counts.contract.ts';
export { InMemoryEventStore } from './in-memory-event-store.ts';
export { CERTIFICATE, startMailServer, type MailServer } from './mail-server.ts';
export { startPeer, type Peer } from './peer-process.ts';
export { startPrometheus } from './prometheus.ts';
export { residentBytes } from './resident-bytes.ts';
export { RecordingCommandBus } from './recording-command-bus.ts';
export { RecordingTimers, type ScheduledCommand } from './recording-timers.ts';
export { answerLost, faultyConnection, requestLost } from './faulty-connection.ts';
export { eventually } from './eventually.ts';
export { listenLocally, type LocalServer } from './listen-locally.ts';
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
