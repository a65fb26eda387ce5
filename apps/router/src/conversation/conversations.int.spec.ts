import { allEvents, decisionMade, type Signal, signalReceived } from '@signalbox/contracts';
import { SystemClock, timelessId } from '@signalbox/kernel';
import { EventStore, JetStreamEventStore, NO_EVENTS } from '@signalbox/messaging';
import { startTestNats, type TestNats } from '@signalbox/testing';
import { aSignal } from '../signal/signal.fixture.spec.ts';
import { Conversations } from './conversations.ts';

const said = (message: string, conversationId: string): Signal =>
  aSignal({ source: 'chat', title: message, payload: { message }, conversationId });
const contextOf = ({ id }: Signal) =>
  ({ correlationId: id, causationId: id, actor: 'person:operator', epoch: 0 }) as const;

/** Counts the events of conversations that are read. */
class ReadingStore extends EventStore {
  ofConversations = 0;
  readonly #store: EventStore;

  constructor(store: EventStore) {
    super();
    this.#store = store;
  }

  async read(...asked: Parameters<EventStore['read']>) {
    const history = await this.#store.read(...asked);
    if (asked[0].aggregate === 'conversation') this.ofConversations += history.events.length;
    return history;
  }

  last(...asked: Parameters<EventStore['last']>) {
    return this.#store.last(...asked);
  }

  append(...asked: Parameters<EventStore['append']>) {
    return this.#store.append(...asked);
  }
}

describe('conversations on a real server', () => {
  let nats: TestNats;
  let store: JetStreamEventStore;
  let conversations: Conversations;

  beforeAll(async () => {
    nats = await startTestNats();
    const { connection, env } = nats;
    const clock = new SystemClock();
    store = new JetStreamEventStore({
      connection,
      env,
      definitions: allEvents,
      clock,
      source: 'spec',
    });
    conversations = new Conversations(store);
  });
  afterAll(() => nats?.stop());

  const join = (signal: Signal) => conversations.join(signal, contextOf(signal));
  const answer = async (signal: Signal, message: string) => {
    const decided = decisionMade.of({
      outcome: 'answer',
      by: 'model',
      riskLevel: 'low',
      trace: [],
      message,
    });
    const ref = { aggregate: 'signal', id: signal.id };
    const events = [signalReceived.of({ signal }), decided];
    return store.append(ref, NO_EVENTS, events, contextOf(signal));
  };

  it('SIG-7: has one order of what was said at once, and each of it once', async () => {
    const all = ['a', 'b', 'c', 'd'].map((message) => said(message, 'at > once. *'));
    await Promise.all(all.flatMap((signal) => [join(signal), join(signal)]));
    const places = await Promise.all(
      all.map(async (signal) => (await conversations.before(signal))?.turns.length ?? 0),
    );
    expect(places.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  });

  it('SIG-7: knows what another router heard meanwhile', async () => {
    const [first, second, third] = [said('1', 'two'), said('2', 'two'), said('3', 'two')];
    const reading = new ReadingStore(store);
    const [one, other] = [new Conversations(reading), new Conversations(store)];
    await one.join(first, contextOf(first));
    await other.join(second, contextOf(second));
    await one.join(third, contextOf(third));
    await one.join(second, contextOf(second));
    expect((await one.before(third))?.turns).toHaveLength(2);
    // That of the other router, once.
    expect(reading.ofConversations).toBe(1);
    const { events } = await store.read({
      aggregate: 'conversation',
      id: timelessId('conversation', 'two'),
    });
    expect(events.map(({ data }) => data)).toEqual(
      [first, second, third].map(({ id }) => ({ signalId: id })),
    );
  });

  it('SIG-7: tells how it stood before an event, and how it stands', async () => {
    const [first, second] = [said('first', 'talk'), said('second', 'talk')];
    await join(first);
    await join(second);
    const { head } = await answer(first, 'Yes.');
    expect(await conversations.before(first)).toBeUndefined();
    expect(await conversations.before(second)).toEqual({
      omitted: 0,
      turns: [{ person: 'first', status: 'completed', answer: 'Yes.' }],
    });
    expect((await conversations.before(second, head.sequence))?.turns).toEqual([
      { person: 'first', status: 'running', answer: '' },
    ]);
  });
});
