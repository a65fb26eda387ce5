import { agentDefined, agentSchema, allEvents, toolRegistered } from '@signalbox/contracts';
import { digestOf, type DomainEvent } from '@signalbox/kernel';
import { seed } from '@signalbox/messaging';
import { InMemoryEventFeed, InMemoryEventStore, specContext } from '@signalbox/testing';
import { DefinitionCatalogue } from './definition-catalogue.ts';

const agent = agentSchema.parse({
  id: 'mender',
  name: 'Mender',
  role: 'mend',
  tools: ['runbooks__*'],
  stepsMax: 3,
});
const tool = (name: string, description = name): DomainEvent =>
  toolRegistered.of({
    name,
    description,
    inputSchema: {},
    definitionDigest: digestOf(description),
    approvalRequired: false,
    repeatable: true,
    policyDigest: digestOf('policy'),
  });

async function setUp() {
  const store = new InMemoryEventStore({ definitions: allEvents });
  const define = async (aggregate: string, id: string, event: DomainEvent) => {
    const { head } = await store.read({ aggregate, id });
    await store.append({ aggregate, id }, head, [event], specContext);
  };
  const catalogue = new DefinitionCatalogue();
  await catalogue.follow(new InMemoryEventFeed(store.log, allEvents));
  return { store, define, catalogue };
}

it('knows what was defined before and after it began, in its last version', async () => {
  const { catalogue, define } = await setUp();
  await define('agent', 'mender', agentDefined.of({ agent }));
  await define('agent', 'mender', agentDefined.of({ agent: { ...agent, stepsMax: 5 } }));
  expect(await catalogue.agent('nobody')).toBeUndefined();
  expect(await catalogue.agent('mender')).toEqual({
    definition: { ...agent, stepsMax: 5 },
    version: 2,
  });
  await catalogue.stop();
});

it('offers tools by name or by the beginning of it, in order', async () => {
  const { catalogue, define } = await setUp();
  for (const name of ['runbooks__search', 'runbooks__read', 'restart', 'restart_all']) {
    await define('tool', name, tool(name));
  }
  await catalogue.agent('nobody');
  const names = (patterns: readonly string[]) => catalogue.offers(patterns).map((o) => o.name);
  expect(names(['runbooks__*', 'restart'])).toEqual([
    'restart',
    'runbooks__read',
    'runbooks__search',
  ]);
  expect(names([])).toEqual([]);
  expect(catalogue.tool('restart')).toMatchObject({
    repeatable: true,
    policyDigest: digestOf('policy'),
  });
  await catalogue.stop();
});

it('AGT-1: seeds a definition once, and leaves a changed one alone', async () => {
  const { catalogue, define, store } = await setUp();
  const ref = { aggregate: 'agent', id: 'mender' };
  const defined = agentDefined.of({ agent });
  await seed(store, ref, defined, 'service:spec');
  await define('agent', 'mender', agentDefined.of({ agent: { ...agent, name: 'Changed' } }));
  await seed(store, ref, defined, 'service:spec');
  // Who is not known is looked for in the whole stream.
  await catalogue.agent('nobody');
  expect(await catalogue.agent('mender')).toMatchObject({
    definition: { name: 'Changed' },
    version: 2,
  });
  await catalogue.stop();
});
