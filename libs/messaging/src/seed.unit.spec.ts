import {
  counted,
  feedEvents,
  InMemoryEventStore,
  newCounter,
  specContext,
} from '@signalbox/testing';
import { seed } from './seed.ts';

it('begins what is not there, and leaves what is there alone', async () => {
  const store = new InMemoryEventStore({ definitions: feedEvents });
  const ref = newCounter();
  const bySeed = counted.of({ by: 'seed' });
  await seed(store, ref, bySeed, 'service:spec');
  const { head, events } = await store.read(ref);
  expect(events).toMatchObject([{ data: { by: 'seed' }, record: { actor: 'service:spec' } }]);
  await store.append(ref, head, [counted.of({ by: 'person' })], specContext);
  await seed(store, ref, bySeed, 'service:spec');
  expect((await store.read(ref)).events).toHaveLength(2);
});

it('says why when it could not be written', async () => {
  const store = new InMemoryEventStore({ definitions: [] });
  await expect(
    seed(store, newCounter(), counted.of({ by: 'seed' }), 'service:spec'),
  ).rejects.toMatchObject({ kind: 'bug' });
});
