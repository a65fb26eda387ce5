import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { allEvents, toolRequested } from '@signalbox/contracts';
import { newId, SystemClock, type MessageContext } from '@signalbox/kernel';
import { JetStreamEventStore, NO_EVENTS, subjectsOf, type EventStore } from '@signalbox/messaging';
import { callRate, inTurns, median, type Bench } from './measure.ts';
import { startBroker } from './servers.ts';

const ROUNDS = 5;
const ROUND_MS = 1_500;
const WARM_UP = { inFlight: 100, durationMs: 500 };
/** As large as the store's message with its headers; text that compresses no better than JSON. */
const REFERENCE_BYTES = 1_024;

const { aggregate: subjectOf } = subjectsOf('default');

/** Guarded appends by many aggregates at once, against the client library's guarded publish. */
export const append: Bench = async (bed) => {
  const broker = await startBroker(bed);
  const connection = await broker.connect();
  const store = new JetStreamEventStore({
    connection: await broker.connect(),
    env: 'default',
    definitions: allEvents,
    clock: new SystemClock(),
    source: 'signalbox/bench',
  });
  const storeRate = (inFlight: number, durationMs = ROUND_MS) =>
    callRate({ inFlight, durationMs }, () => appender(store));
  const publishRate = (inFlight: number, durationMs = ROUND_MS) =>
    callRate({ inFlight, durationMs }, () => publisher(connection));

  await storeRate(WARM_UP.inFlight, WARM_UP.durationMs);
  await publishRate(WARM_UP.inFlight, WARM_UP.durationMs);
  const rates = await inTurns(ROUNDS, {
    publish100: () => publishRate(100),
    store100: () => storeRate(100),
    publish500: () => publishRate(500),
    store500: () => storeRate(500),
  });
  const at100 = { store: median(rates.store100), publish: median(rates.publish100) };
  return {
    value: median(rates.store500),
    unit: 'events/s, 500 aggregates at once',
    reference: 'client library: guarded publishes/s, 500 in flight',
    referenceValue: median(rates.publish500),
    goal: 'ratio >= 4',
    more: {
      value_100: at100.store,
      reference_value_100: at100.publish,
      ratio_100: at100.store / at100.publish,
    },
  };
};

/** One writer with an aggregate of its own, each event behind the one before. */
function appender(store: EventStore): () => Promise<void> {
  const id = newId();
  const ref = { aggregate: 'execution', id };
  const context: MessageContext = {
    correlationId: id,
    causationId: id,
    actor: 'service:bench',
    epoch: 0,
  };
  const event = toolRequested.of({
    step: 1,
    use: {
      callId: id,
      tool: 'runbooks__read_text_file',
      arguments: { path: 'runbooks/checkout.md', reason: 'The p99 latency is above two seconds.' },
    },
    definitionDigest: `sha256:${'0'.repeat(64)}`,
  });
  let head = NO_EVENTS;
  return async () => {
    ({ head } = await store.append(ref, head, [event], context));
  };
}

function publisher(connection: NatsConnection): () => Promise<void> {
  const client = jetstream(connection);
  const subject = subjectOf({ aggregate: 'execution', id: newId() });
  const payload = Buffer.from(newId().repeat(REFERENCE_BYTES)).subarray(0, REFERENCE_BYTES);
  let lastSubjectSequence = 0;
  return async () => {
    ({ seq: lastSubjectSequence } = await client.publish(subject, payload, {
      expect: { lastSubjectSequence },
    }));
  };
}
