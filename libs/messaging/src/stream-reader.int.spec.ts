import type { Msg, NatsConnection } from '@nats-io/nats-core';
import { newId, SystemClock } from '@signalbox/kernel';
import { counted, newCounter, specContext, startTestNats, type TestNats } from '@signalbox/testing';
import { NO_EVENTS } from './event-store.port.ts';
import { JetStreamEventStore } from './jetstream-event-store.ts';
import { readSubject } from './stream-reader.ts';
import { streams, subjectsOf } from './subjects.ts';

const EVENTS = 10;
const IN_TIME = 3;

let nats: TestNats;
beforeAll(async () => {
  nats = await startTestNats();
});
afterAll(() => nats.stop());

/** Of the first answer of many parts only some come in time. */
function slow(connection: NatsConnection): NatsConnection {
  let asked = 0;
  async function* some(parts: AsyncIterable<Msg>): AsyncGenerator<Msg> {
    let left = IN_TIME;
    for await (const part of parts) {
      yield part;
      if (--left === 0) return;
    }
  }
  const requestMany: NatsConnection['requestMany'] = async (...given) => {
    const parts = await connection.requestMany(...given);
    return asked++ === 0 ? some(parts) : parts;
  };
  return new Proxy(connection, {
    get: (target, name) => {
      if (name === 'requestMany') return requestMany;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

it('goes on behind what came in time, where the server is too slow for all at once', async () => {
  const { connection } = nats;
  const env = `t-${newId().toLowerCase()}`;
  const shared = { connection, env, clock: new SystemClock(), source: 'spec' };
  const store = new JetStreamEventStore({ ...shared, definitions: [counted] });
  const ref = newCounter();
  const events = Array.from({ length: EVENTS }, (_, n) => counted.of({ by: `${n}` }));
  const { head } = await store.append(ref, NO_EVENTS, events, specContext);
  const subject = subjectsOf(env).aggregate(ref);
  const read = await readSubject(slow(connection), streams.audit, subject, 0);
  expect(read).toHaveLength(EVENTS);
  expect(read.at(-1)?.sequence).toBe(head.sequence);
});
