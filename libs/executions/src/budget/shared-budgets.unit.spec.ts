import {
  allEvents,
  signalReceived,
  type ExecutionEvent,
  type SignalEvent,
} from '@signalbox/contracts';
import { AppError, Clock, newId, type DomainEvent } from '@signalbox/kernel';
import type { AggregateRef, History, ReadOptions } from '@signalbox/messaging';
import { eventually, InMemoryEventFeed, InMemoryEventStore, specContext } from '@signalbox/testing';
import {
  answered,
  decidedBy,
  NOON,
  requested,
  someSignal,
  startedBy,
} from './ledger.fixture.spec.ts';
import { parseBudgets } from './read-budgets.ts';
import { SharedBudgets } from './shared-budgets.ts';

const budgets = parseBudgets(
  'day: { tokens: 100 }\nsources: { chat: { day: { tokens: 80 } } }',
  'test',
);
const chat = { source: 'chat' };

class SetClock extends Clock {
  time = NOON;
  now(): Date {
    return this.time;
  }
}

/** A store that cannot be read some times. */
class OutOfReach extends InMemoryEventStore {
  outages = 0;
  override read(ref: AggregateRef, options?: ReadOptions): Promise<History> {
    if (this.outages === 0) return super.read(ref, options);
    this.outages--;
    return Promise.reject(new AppError({ code: 'away', kind: 'unavailable', message: 'away' }));
  }
}

function platform() {
  const clock = new SetClock();
  const store = new OutOfReach({ definitions: allEvents, clock });
  const events = new InMemoryEventFeed(store.log, allEvents);
  const replica = (about: { budgets?: typeof budgets } = {}) =>
    SharedBudgets.follow({ budgets, events, store, clock, ...about });
  const append = async (aggregate: string, id: string, ...added: readonly DomainEvent[]) => {
    const { head } = await store.read({ aggregate, id });
    const { head: after } = await store.append({ aggregate, id }, head, added, specContext);
    return after.sequence;
  };
  const run = (id: string, ...added: readonly ExecutionEvent[]) =>
    append('execution', id, ...added);
  return { clock, store, replica, append, run };
}

const used = async (shared: SharedBudgets, payer = chat) => {
  await shared.whenCaughtUp();
  return shared.standings(payer).map((standing) => standing.used.tokens);
};

describe('SharedBudgets', () => {
  it('AGT-6: a process that begins later knows what was used today', async () => {
    const { replica, run } = platform();
    const id = newId();
    await run(id, startedBy('mender', 'chat'), requested(50), answered(20));
    const shared = await replica();
    expect(shared.standings(chat).map((standing) => standing.used.tokens)).toEqual([20, 20]);
    await run(id, requested(60, undefined, 2));
    expect(await used(shared)).toEqual([80, 80]);
    await shared.stop();
  });

  it('AGT-6: of two replicas that take the last of a budget at once, one may', async () => {
    const { replica, run } = platform();
    const replicas = [await replica(), await replica()];
    const ids = [newId(), newId()];
    for (const id of ids) await run(id, startedBy('mender', 'chat'));
    // Each looks before either has written: there is room for one call of 60, and both see it.
    for (const shared of replicas) expect(await used(shared)).toEqual([0, 0]);
    const verdicts = await Promise.all(
      replicas.map(async (shared, index) => {
        const id = ids[index] ?? '';
        return shared.refusalOf(id, await run(id, requested(60)));
      }),
    );
    expect(verdicts.filter((verdict) => verdict === undefined)).toHaveLength(1);
    expect(verdicts.find((verdict) => verdict)?.reached).toEqual({
      scope: 'source',
      unit: 'tokens',
      limit: 80,
      spent: 60,
      wanted: 60,
    });
    for (const shared of replicas) {
      expect(await used(shared)).toEqual([60, 60]);
      await shared.stop();
    }
  });

  it('AGT-6: a run that began before today pays from the budget of its source', async () => {
    const { replica, run, clock } = platform();
    const id = newId();
    clock.time = new Date('2026-11-20T08:00:00Z');
    await run(id, startedBy('mender', 'chat'), requested(70), answered(70));
    clock.time = NOON;
    const shared = await replica();
    expect(await used(shared)).toEqual([0, 0]);
    await run(id, requested(30, undefined, 2));
    expect(await used(shared)).toEqual([30, 30]);
    clock.time = new Date('2026-11-22T00:00:00Z');
    expect(await used(shared)).toEqual([0, 0]);
    await shared.stop();
  });

  it('RTE-1, AGT-6: counts how signals were routed, and the routing under way here', async () => {
    const { replica, append } = platform();
    const shared = await replica();
    const other = await replica();
    const signal = someSignal('chat');
    await append('signal', signal.id, signalReceived.of({ signal }));
    shared.setAsideForRouting(signal.id, chat, { tokens: 40, usd: 0 });
    expect(await used(shared)).toEqual([40, 40]);
    await append('signal', signal.id, decidedBy(25) as SignalEvent);
    expect(await used(shared)).toEqual([25, 25]);
    expect(await used(other)).toEqual([25, 25]);
    await Promise.all([shared.stop(), other.stop()]);
  });

  it('AGT-6: says nothing while it does not know, and then counts each event once', async () => {
    const { replica, run, store, clock } = platform();
    const id = newId();
    clock.time = new Date('2026-11-20T08:00:00Z');
    await run(id, startedBy('mender', 'chat'));
    clock.time = NOON;
    const shared = await replica();
    const { head } = await store.read({ aggregate: 'execution', id });
    // Whose run it is stands before the day that is followed, and cannot be read.
    store.outages = 1;
    await store.append({ aggregate: 'execution', id }, head, [requested(30)], specContext);
    const looks = async () => shared.standings(chat);
    await eventually(() =>
      looks().then(
        () => false,
        () => true,
      ),
    );
    await expect(looks()).rejects.toMatchObject({ code: 'budgets_unknown', kind: 'unavailable' });
    await run(newId(), startedBy('mender', 'chat'), requested(10));
    await eventually(async () => (await used(shared).catch(() => []))[0] === 40);
    await shared.stop();
  });

  it('AGT-6: tells a runner that somebody else has its run', async () => {
    const { replica, run } = platform();
    const shared = await replica();
    const id = newId();
    const first = await run(id, startedBy('mender', 'chat'), requested(10));
    await run(id, requested(10));
    await expect(shared.refusalOf(id, first)).rejects.toMatchObject({ kind: 'conflict' });
    await shared.stop();
  });

  it('AGT-6: follows nothing where no budget is shared', async () => {
    const { replica, run } = platform();
    const shared = await replica({ budgets: parseBudgets('run: { tokens: 1 }', 'test') });
    const id = newId();
    expect(await shared.refusalOf(id, await run(id, startedBy('m'), requested(9)))).toBeUndefined();
    expect(shared.standings(chat)).toEqual([]);
    await shared.stop();
  });
});
