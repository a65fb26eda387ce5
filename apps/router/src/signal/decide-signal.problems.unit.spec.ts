import { startAgent } from '@signalbox/contracts';
import { type Command, type DomainEvent, type MessageContext } from '@signalbox/kernel';
import {
  type AggregateRef,
  CommandBus,
  EventStore,
  type Head,
  type History,
  type ReadOptions,
  type SendOptions,
} from '@signalbox/messaging';
import { RecordingCommandBus } from '@signalbox/testing';
import { aReport } from '../problem/report.fixture.spec.ts';
import { ObservedModel, readyPlatform } from './decide-signal.fixture.spec.ts';
import { messageOf } from './signal.fixture.spec.ts';

const first = aReport({ seen: 1, start: 0 });
const again = aReport({ seen: 31, start: 0 });
const end = aReport({ seen: 41, start: 0, status: 'resolved' });

/** Dies at the nth thing that it writes: just before it is there, or just after. */
class Crash {
  private writes = 0;
  readonly #at: number;
  readonly #when: 'before' | 'after';

  constructor(at: number, when: 'before' | 'after') {
    this.#at = at;
    this.#when = when;
  }

  async through<T>(write: () => Promise<T>): Promise<T> {
    if (++this.writes !== this.#at) return write();
    if (this.#when === 'after') await write();
    throw new Error('crash');
  }
}

class MortalStore extends EventStore {
  readonly #store: EventStore;
  readonly #crash: Crash;

  constructor(store: EventStore, crash: Crash) {
    super();
    this.#store = store;
    this.#crash = crash;
  }

  read(ref: AggregateRef, options?: ReadOptions): Promise<History> {
    return this.#store.read(ref, options);
  }

  last(ref: AggregateRef) {
    return this.#store.last(ref);
  }

  append(ref: AggregateRef, head: Head, events: readonly DomainEvent[], context: MessageContext) {
    return this.#crash.through(() => this.#store.append(ref, head, events, context));
  }
}

class MortalBus extends RecordingCommandBus {
  readonly #bus: CommandBus;
  readonly #crash: Crash;

  constructor(bus: CommandBus, crash: Crash) {
    super();
    this.#bus = bus;
    this.#crash = crash;
  }

  override send(command: Command, options: SendOptions): Promise<void> {
    return this.#crash.through(() => this.#bus.send(command, options));
  }
}

const typesIn = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);

describe('signals of one problem', () => {
  it('SIG-4: the first is decided, its repeats are counted and nothing more', async () => {
    const model = new ObservedModel();
    const { handler, another, commands, decisionOn, problemOf } = await readyPlatform(model);
    await handler.handle(messageOf(first));
    await handler.handle(messageOf(again));
    await another().handle(messageOf(aReport({ seen: 32, start: 0 })));
    expect((await decisionOn(first)).outcome).toBe('run');
    expect(model.asked).toBe(1);
    expect(commands.attempts).toHaveLength(1);
    const events = await problemOf(first);
    expect(typesIn(events)).toEqual(['problem.opened', 'problem.repeated', 'problem.repeated']);
    expect(events.at(-1)?.data).toMatchObject({ count: 3, seenAt: '2026-11-01T10:00:32.000Z' });
    for (const { record } of events) {
      expect(record).toMatchObject({ correlationId: first.id, actor: 'service:router' });
    }
  });

  it('SIG-4: a report without a known beginning is grouped, with a decision of its own', async () => {
    const { handler, commands, decisionOn, eventsOf } = await readyPlatform();
    const [one, two] = [aReport({ seen: 1 }), aReport({ seen: 2 })];
    await handler.handle(messageOf(one));
    await handler.handle(messageOf(two));
    const grouped = await decisionOn(two);
    expect(grouped).toMatchObject({ outcome: 'grouped', by: 'problem', groupedWith: one.id });
    expect(grouped.message).toContain(one.id);
    expect(commands.sentOf(startAgent)).toMatchObject([{ signalId: one.id }]);
    await handler.handle(messageOf(two, 2));
    expect(await eventsOf(two)).toHaveLength(2);
    expect(commands.attempts).toHaveLength(1);
  });

  it('SIG-4: after its end a problem is decided anew', async () => {
    const { handler, commands, decisionOn, problemOf } = await readyPlatform();
    const next = aReport({ seen: 61, start: 50 });
    for (const signal of [first, end, next]) await handler.handle(messageOf(signal));
    expect((await decisionOn(end)).outcome).toBe('answer');
    expect((await decisionOn(next)).outcome).toBe('run');
    expect(commands.sent).toHaveLength(2);
    expect(typesIn(await problemOf(first))).toEqual([
      'problem.opened',
      'problem.resolved',
      'problem.opened',
    ]);
  });

  it('SIG-4: what was over before it was decided is answered, and runs nothing', async () => {
    const { handler, commands, decisionOn } = await readyPlatform();
    await handler.handle(messageOf(end));
    await handler.handle(messageOf(first));
    expect(await decisionOn(end)).toMatchObject({ outcome: 'answer', by: 'rule' });
    expect(await decisionOn(first)).toMatchObject({ outcome: 'answer', by: 'problem' });
    expect(commands.attempts).toEqual([]);
  });

  const points = [1, 2, 3, 4].flatMap((nth) => [
    { nth, when: 'before' as const },
    { nth, when: 'after' as const },
  ]);

  it.each(points)(
    'SIG-6: a router that dies $when its write $nth loses no decision, makes none twice, counts once',
    async ({ nth, when }) => {
      const { another, store, commands, decisionOn, problemOf } = await readyPlatform();
      const one = aReport({ seen: 101 });
      const two = aReport({ seen: 102 });
      const deaths: string[] = [];
      for (const signal of [first, again, end, one, two]) {
        const crash = new Crash(nth, when);
        const mortal = another({
          store: new MortalStore(store, crash),
          commands: new MortalBus(commands, crash),
        });
        await mortal
          .handle(messageOf(signal))
          .catch((error: Error) => void deaths.push(error.message));
        await another().handle(messageOf(signal, 2));
      }
      expect([...new Set(deaths)]).toEqual(['crash']);
      expect((await decisionOn(first)).outcome).toBe('run');
      expect((await decisionOn(end)).outcome).toBe('answer');
      expect((await decisionOn(one)).outcome).toBe('run');
      expect(await decisionOn(two)).toMatchObject({ outcome: 'grouped', groupedWith: one.id });
      expect(commands.sentOf(startAgent).map(({ signalId }) => signalId)).toEqual([
        first.id,
        one.id,
      ]);
      expect(typesIn(await problemOf(first))).toEqual([
        'problem.opened',
        'problem.repeated',
        'problem.resolved',
        'problem.opened',
        'problem.repeated',
      ]);
    },
  );

  it('SIG-6: reports of one fact at two routers at once are decided once and all counted', async () => {
    const model = new ObservedModel();
    const { another, commands, decisionOn, problemOf } = await readyPlatform(model);
    const routers = [another(), another()];
    const reports = Array.from({ length: 40 }, (_, n) => aReport({ seen: n + 1, start: 0 }));
    // Of two that append at once one loses; what loses five times in a row comes again,
    // and so does what waits for the decision.
    let left = reports.map((report) => messageOf(report));
    while (left.length > 0) {
      const ends = await Promise.allSettled(left.map((m, n) => routers[n % 2]?.handle(m)));
      const lost = ends.flatMap((ended) => (ended.status === 'rejected' ? [ended.reason] : []));
      for (const reason of lost) expect(['conflict', 'unavailable']).toContain(reason.kind);
      left = left.filter((_, n) => ends[n]?.status === 'rejected');
    }
    const opening = (await decisionOn(first)).outcome;
    expect(opening).toBe('run');
    expect(commands.sent).toHaveLength(1);
    expect(model.asked).toBe(1);
    expect((await problemOf(first)).at(-1)?.data).toMatchObject({ count: 40 });
  });
});
