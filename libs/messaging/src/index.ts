export { blobRefOf, noSuchBlob } from './blob-errors.ts';
export { BLOB_BYTES_MAX, BlobStore, type BlobRef, type StoredBlob } from './blob-store.port.ts';
export { cloudEventData } from './cloud-event-data.ts';
export { CommandBus, Timers, type SendOptions } from './command-bus.port.ts';
export { EventFeed, type Feed, type FollowOptions } from './event-feed.port.ts';
export { scanEvents, type RawEvent, type ScannedBatch } from './event-scan.ts';
export { envelopeOf, type StoredMessage } from './event-envelope.ts';
export {
  EventStore,
  NO_EVENTS,
  type AggregateRef,
  type ContextOfEvents,
  type Head,
  type History,
  type ReadOptions,
} from './event-store.port.ts';
export { execute, type Known } from './execute.ts';
export { followForever, type Following } from './follow-forever.ts';
export { durableOf } from './consumer-settings.ts';
export { ensureConsumersOf } from './service-consumers.ts';
export { followMessages, type MessageFollower } from './message-follower.ts';
export { headerNames } from './headers.ts';
export type { ReceivedMessage } from './received-message.ts';
export { asToken, sourceIn, streams, subjectsOf } from './subjects.ts';
export { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
export { JetStreamEventFeed } from './jetstream-event-feed.ts';
export { LeaderEventFeed } from './leader-event-feed.ts';
export { JetStreamEventStore } from './jetstream-event-store.ts';
export { seed } from './seed.ts';
export { keepRatesStream, provision } from './provision.ts';
export { BLOB_BUCKET, EVENT_BYTES_MAX } from './topology.ts';
export {
  countDeadLetters,
  type DeadLetter,
  deadLetterOrigin,
  type DeadLetterSummary,
  listDeadLetters,
  newestDeadLetters,
  readDeadLetter,
} from './dead-letter-list.ts';
export { redriveDeadLetter } from './dead-letters.ts';
export { COUNTED_MS, RecentCounts, type Counted } from './recent-counts.port.ts';
export { JetStreamRecentCounts } from './jetstream-recent-counts.ts';
export { JetStreamBlobStore } from './jetstream-blob-store.ts';
export { JetStreamCommandBus } from './jetstream-command-bus.ts';
export { JetStreamTimers } from './jetstream-timers.ts';
export { JetStreamTransport } from './jetstream.transport.ts';
export { OnCommand, OnMessages } from './message.decorators.ts';
export { isSuperseded, superseded } from './superseded.ts';
export { continueTrace } from './trace-context.ts';
export { publishDurably } from './durable-publish.ts';
export { countBehind, type Behind } from './stream-reader.ts';
export { startMaxDeliveriesMover } from './max-deliveries.mover.ts';
export { GroupCommit, type Append } from './group-commit.ts';
