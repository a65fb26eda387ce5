export { CommandBus, Timers, type SendOptions } from './command-bus.port.ts';
export { EventFeed, type Feed, type FollowOptions } from './event-feed.port.ts';
export {
  EventStore,
  NO_EVENTS,
  type AggregateRef,
  type Head,
  type History,
} from './event-store.port.ts';
export { execute } from './execute.ts';
export { followForever, type Following } from './follow-forever.ts';
export { headerNames } from './headers.ts';
export type { ReceivedMessage } from './received-message.ts';
export { asToken, streams, subjectsOf } from './subjects.ts';
export { encodeHeaderValue } from './header-value.ts';
export { JetStreamEventFeed } from './jetstream-event-feed.ts';
export { JetStreamEventStore } from './jetstream-event-store.ts';
export { seed } from './seed.ts';
export { provision } from './provision.ts';
export { EVENT_BYTES_MAX } from './topology.ts';
export { listDeadLetters, redriveDeadLetter, type DeadLetter } from './dead-letters.ts';
export { JetStreamCommandBus } from './jetstream-command-bus.ts';
export { JetStreamTimers } from './jetstream-timers.ts';
export { JetStreamTransport } from './jetstream.transport.ts';
export { OnCommand, OnMessages } from './message.decorators.ts';
export { isSuperseded, superseded } from './superseded.ts';
export { continueTrace } from './trace-context.ts';
export { publishDurably } from './durable-publish.ts';
export { startMaxDeliveriesMover } from './max-deliveries.mover.ts';
export { GroupCommit, type Append } from './group-commit.ts';
