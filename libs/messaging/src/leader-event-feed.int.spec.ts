import { SystemClock } from '@signalbox/kernel';
import {
  feedEvents,
  itKeepsTheEventFeedContract,
  newerFeedEvents,
  startEmbeddedTestNats,
  type EmbeddedTestNats,
} from '@signalbox/testing';
import type { AggregateRef } from './event-store.port.ts';
import { publishForeign } from './foreign-message.fixture.spec.ts';
import { JetStreamEventStore } from './jetstream-event-store.ts';
import { LeaderEventFeed } from './leader-event-feed.ts';
import { subjectsOf } from './subjects.ts';

const env = 'contract';

describe('the event feed by the word of the leader', () => {
  let nats: EmbeddedTestNats;

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterAll(() => nats.stop());

  itKeepsTheEventFeedContract(() => {
    const { connection } = nats;
    const common = { connection, env, clock: new SystemClock(), source: 'signalbox/spec' };
    return {
      store: new JetStreamEventStore({ ...common, definitions: feedEvents }),
      newer: () => new JetStreamEventStore({ ...common, definitions: newerFeedEvents }),
      publishForeign: (ref: AggregateRef) =>
        publishForeign(connection, subjectsOf(env).aggregate(ref)),
      feed: new LeaderEventFeed({ connection, env, definitions: feedEvents }),
    };
  });
});
