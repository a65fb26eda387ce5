import { startAgent, type Signal } from '@signalbox/contracts';
import { AppError, Clock } from '@signalbox/kernel';
import { type AggregateRef, EventStore, type ReadOptions } from '@signalbox/messaging';
import { type ModelAnswer } from '@signalbox/models';
import { TAKE_OVER_MS } from '../problem/problem-book.ts';
import { aReport } from '../problem/report.fixture.spec.ts';
import { ObservedModel, readyPlatform } from './decide-signal.fixture.spec.ts';
import { messageOf } from './signal.fixture.spec.ts';

/** A time so long after what is written down now that nobody waits any longer. */
class LateClock extends Clock {
  now(): Date {
    return new Date(Date.now() + TAKE_OVER_MS);
  }
}

/** Appends, but no longer once it was told to fail. */
class FailingStore extends EventStore {
  failsFor = '';
  readonly reads: string[] = [];
  readonly #store: EventStore;

  constructor(store: EventStore) {
    super();
    this.#store = store;
  }

  read(ref: AggregateRef, options?: ReadOptions) {
    this.reads.push(ref.aggregate);
    return this.#store.read(ref, options);
  }

  last(ref: AggregateRef) {
    return this.#store.last(ref);
  }

  append(...args: Parameters<EventStore['append']>) {
    const [{ aggregate }] = args;
    if (aggregate === this.failsFor) throw new Error('lost');
    return this.#store.append(...args);
  }
}

class AwayModel extends ObservedModel {
  isAway = true;

  override complete(...asked: Parameters<ObservedModel['complete']>): Promise<ModelAnswer> {
    if (!this.isAway) return super.complete(...asked);
    this.asked++;
    throw new AppError({ code: 'model_away', kind: 'unavailable', message: 'away' });
  }
}

const first = aReport({ seen: 1, start: 0 });
const waits = { kind: 'unavailable', code: 'problem_undecided' };

/** A problem that `opening` opened, whose delivery then failed. */
async function opened(opening: Signal, model = new ObservedModel()) {
  const platform = await readyPlatform(model);
  const store = new FailingStore(platform.store);
  store.failsFor = 'signal';
  await expect(platform.another({ store }).handle(messageOf(opening))).rejects.toThrow('lost');
  store.failsFor = '';
  const late = platform.another({ store, clock: new LateClock() });
  const typesOf = async () => (await platform.problemOf(opening)).map(({ type }) => type);
  return { ...platform, reading: store, late, typesOf };
}

describe('a problem whose first signal has no decision', () => {
  it('SIG-6: keeps its repeats waiting, uncounted, until the first is decided', async () => {
    const { handler, another, eventsOf, decisionOn, typesOf, commands } = await opened(first);
    const repeats = [aReport({ seen: 31, start: 0 }), aReport({ seen: 32 })];
    for (const repeat of [...repeats, ...repeats]) {
      await expect(handler.handle(messageOf(repeat))).rejects.toMatchObject(waits);
    }
    expect(await eventsOf(first)).toEqual([]);
    expect(await typesOf()).toEqual(['problem.opened']);
    await another().handle(messageOf(first, 2));
    for (const repeat of repeats) await handler.handle(messageOf(repeat, 2));
    expect((await decisionOn(first)).outcome).toBe('run');
    expect(await typesOf()).toEqual(['problem.opened', 'problem.repeated', 'problem.repeated']);
    expect(commands.sent).toHaveLength(1);
  });

  it('SIG-6: a repeat is decided in place of a first report that became a dead letter', async () => {
    const model = new ObservedModel();
    const { late, decisionOn, typesOf, commands } = await opened(first, model);
    const repeats = [31, 32, 33, 34].map((seen) => aReport({ seen, start: 0 }));
    const ends = await Promise.allSettled(repeats.map((repeat) => late.handle(messageOf(repeat))));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const repeat of repeats) await late.handle(messageOf(repeat, 2));
    expect((await decisionOn(first)).outcome).toBe('run');
    expect(model.asked).toBe(1);
    expect(commands.sent).toHaveLength(1);
    const again = Array.from({ length: 3 }, () => 'problem.repeated');
    expect(await typesOf()).toEqual(['problem.opened', 'problem.opened', ...again]);
    // The dead letter is sent again.
    await late.handle(messageOf(first, 2));
    expect(commands.sent).toHaveLength(1);
  });

  it('SIG-6: a repeat under another id is decided in its place, and those that follow are grouped', async () => {
    const [one, two, three] = [1, 2, 3].map((seen) => aReport({ seen })) as [
      Signal,
      Signal,
      Signal,
    ];
    const { late, decisionOn, eventsOf, commands } = await opened(one);
    await late.handle(messageOf(two));
    await late.handle(messageOf(three));
    expect((await decisionOn(two)).outcome).toBe('run');
    expect(await decisionOn(three)).toMatchObject({ outcome: 'grouped', groupedWith: two.id });
    expect(await eventsOf(one)).toEqual([]);
    await late.handle(messageOf(one, 2));
    expect(await decisionOn(one)).toMatchObject({ outcome: 'grouped', groupedWith: two.id });
    expect(commands.sentOf(startAgent)).toMatchObject([{ signalId: two.id }]);
  });

  it('SIG-6: one delivery of many asks the model while that is away', async () => {
    const model = new AwayModel();
    const { late, handler, decisionOn } = await opened(first, model);
    const repeats = Array.from({ length: 20 }, (_, n) => aReport({ seen: 31 + n, start: 0 }));
    const [chosen = first] = repeats;
    await expect(late.handle(messageOf(chosen))).rejects.toMatchObject({ code: 'model_away' });
    for (const repeat of repeats.slice(1)) {
      await expect(handler.handle(messageOf(repeat, 9))).rejects.toMatchObject(waits);
    }
    expect(model.asked).toBe(1);
    model.isAway = false;
    await handler.handle(messageOf(chosen, 2));
    expect((await decisionOn(first)).outcome).toBe('run');
  });

  it('SIG-6: a repeat of a decided problem costs no reading', async () => {
    const { another, reading } = await opened(first);
    const router = another({ store: reading });
    await router.handle(messageOf(first, 2));
    await router.handle(messageOf(aReport({ seen: 31, start: 0 })));
    reading.reads.length = 0;
    await router.handle(messageOf(aReport({ seen: 32, start: 0 })));
    expect(reading.reads).toEqual([]);
  });
});
