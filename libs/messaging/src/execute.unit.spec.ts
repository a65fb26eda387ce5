import type { Decider, DomainEvent, EventOf } from '@signalbox/kernel';
import { counted, InMemoryEventStore, newCounter, specContext } from '@signalbox/testing';
import type { AggregateRef, Head, History, ReadOptions } from './event-store.port.ts';
import { execute, type Known } from './execute.ts';

type Counted = EventOf<typeof counted>;

/** Counts each name once. */
const decider: Decider<readonly string[], string, Counted> = {
  initialState: () => [],
  decide: (by, names) => (names.includes(by) ? [] : [counted.of({ by })]),
  evolve: (names, { data }) => [...names, data.by],
};

/** Tells what was read of it, and lets others go first. */
class ObservedStore extends InMemoryEventStore {
  readonly reads: (ReadOptions | undefined)[] = [];
  meanwhile: () => Promise<unknown> = async () => undefined;

  override async read(ref: AggregateRef, options?: ReadOptions): Promise<History> {
    this.reads.push(options);
    return super.read(ref, options);
  }

  override async append(
    ref: AggregateRef,
    expected: Head,
    events: readonly DomainEvent[],
  ): Promise<History> {
    await this.meanwhile();
    return super.append(ref, expected, events, specContext);
  }
}

function begin() {
  const store = new ObservedStore({ definitions: [counted] });
  const other = new InMemoryEventStore({ definitions: [counted], log: store.log });
  const ref = newCounter();
  const count = (command: string, known?: Known<readonly string[]>) =>
    execute(store, decider, ref, { command, context: specContext, known });
  const countElsewhere = (command: string) =>
    execute(other, decider, ref, { command, context: specContext });
  return { store, count, countElsewhere };
}

it('decides on what is there, and on what others added when they were faster', async () => {
  const { store, count, countElsewhere } = begin();
  await countElsewhere('a');
  const names = ['b', 'c'];
  store.meanwhile = async () => {
    const name = names.shift();
    if (name !== undefined) await countElsewhere(name);
  };
  const { state, added, head } = await count('d');
  expect(state).toEqual(['a', 'b', 'c', 'd']);
  expect(added.map(({ data }) => data)).toEqual([{ by: 'd' }]);
  expect(head.version).toBe(4);
  // Once whole, then what was new each time.
  expect(store.reads.map((options) => options?.after?.version)).toEqual([0, 1, 2]);
});

it('gives up when others are faster five times in a row', async () => {
  const { store, count, countElsewhere } = begin();
  let n = 0;
  store.meanwhile = () => countElsewhere(`other ${n++}`);
  await expect(count('a')).rejects.toMatchObject({ kind: 'conflict' });
  expect(n).toBe(5);
});

it('reads nothing for one who knows the aggregate as it is', async () => {
  const { store, count } = begin();
  const known = await count('a');
  store.reads.length = 0;
  expect((await count('b', known)).state).toEqual(['a', 'b']);
  expect(store.reads).toEqual([]);
});

it('reads what is new for one who knows it as it was, also when there is nothing to do', async () => {
  const { store, count, countElsewhere } = begin();
  const known = await count('a');
  await countElsewhere('b');
  expect((await count('c', known)).state).toEqual(['a', 'b', 'c']);
  expect(store.reads.at(-1)).toEqual({ fresh: true, after: known.head });
  store.reads.length = 0;
  const same = await count('a', known);
  expect(same).toMatchObject({ state: ['a', 'b', 'c'], added: [], head: { version: 3 } });
  expect(store.reads).toEqual([{ fresh: true, after: known.head }]);
});
