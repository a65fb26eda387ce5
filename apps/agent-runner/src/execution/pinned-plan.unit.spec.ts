import {
  agentDefined,
  agentSchema,
  allEvents,
  toolRegistered,
  type Agent,
} from '@signalbox/contracts';
import { DefinitionCatalogue } from '@signalbox/executions';
import { digestOf, type Json } from '@signalbox/kernel';
import { NO_EVENTS } from '@signalbox/messaging';
import { InMemoryEventFeed, InMemoryEventStore, specContext } from '@signalbox/testing';
import { pinnedPlan } from './pinned-plan.ts';

const agent = agentSchema.parse({
  id: 'mender',
  name: 'Mender',
  role: 'You mend.',
  tools: ['runbooks__*'],
  agents: ['*'],
  stepsMax: 3,
});
const helper = agentSchema.parse({
  ...agent,
  id: 'helper',
  description: 'Helps.',
  inputSchema: { type: 'object', required: ['what'] },
});
const silent = agentSchema.parse({ ...agent, id: 'silent', name: 'S', role: 'You are silent.' });

async function catalogueWith(...agents: readonly Agent[]): Promise<DefinitionCatalogue> {
  const store = new InMemoryEventStore({ definitions: allEvents });
  for (const one of agents) {
    const ref = { aggregate: 'agent', id: one.id };
    await store.append(ref, NO_EVENTS, [agentDefined.of({ agent: one })], specContext);
  }
  for (const name of ['runbooks__read', 'rm', 'agent__helper']) {
    const event = toolRegistered.of({
      name,
      description: '',
      inputSchema: {},
      definitionDigest: digestOf(name),
      approvalRequired: false,
      repeatable: false,
    });
    await store.append({ aggregate: 'tool', id: name }, NO_EVENTS, [event], specContext);
  }
  const catalogue = new DefinitionCatalogue();
  await catalogue.follow(new InMemoryEventFeed(store.log, allEvents));
  return catalogue;
}

async function planned(changes: Partial<Agent>, input: Json = {}) {
  const definition = { ...agent, ...changes };
  return pinnedPlan({ definition, version: 7 }, input, await catalogueWith(agent, helper, silent));
}

it('AGT-1: binds a run to the version, the whole prompt, and the tools of its beginning', async () => {
  const plan = await planned({});
  expect(plan).toMatchObject({ agent: 'mender', agentVersion: 7, stepsMax: 3, models: [] });
  expect(plan.system).toMatch(/^You mend\.\n\nRules:\n.*UNTRUSTED/s);
  expect(plan.tools.map(({ name }) => name)).toEqual(['runbooks__read']);
});

it('AGT-3: offers other agents as tools, and never itself', async () => {
  const { agents } = await planned({});
  expect(agents).toEqual([
    {
      tool: 'agent__helper',
      agent: 'helper',
      description: 'Helps.',
      inputSchema: helper.inputSchema,
      definitionDigest: digestOf(helper),
    },
    {
      tool: 'agent__silent',
      agent: 'silent',
      description: 'S: You are silent.',
      inputSchema: expect.objectContaining({ required: ['objective'] }),
      definitionDigest: digestOf(silent),
    },
  ]);
});

it('offers one tool under one name', async () => {
  const { tools, agents } = await planned({ tools: ['*'] });
  expect(tools.map(({ name }) => name)).toEqual(['rm', 'runbooks__read']);
  expect(agents.map(({ tool }) => tool)).toContain('agent__helper');
});

it('AGT-3: a run has a day where its agent says nothing', async () => {
  expect((await planned({})).deadlineMs).toBe(86_400_000);
  expect((await planned({ deadlineMs: 5_000 })).deadlineMs).toBe(5_000);
});

it('AGT-5, AGT-6: takes the models and the budget of its agent', async () => {
  const models = [{ provider: 'openai', model: 'gpt-4o' }];
  const plan = await planned({ models, budget: { tokens: 9 } });
  expect(plan).toMatchObject({ models, budget: { tokens: 9 } });
  expect(await planned({})).not.toHaveProperty('budget');
});

it.each<[string | undefined, Json, string | undefined]>([
  ['{{service}}', { labels: { service: 'checkout' } }, 'checkout'],
  ['db-{{region}}', { labels: { region: 'eu.1/a b' } }, 'db-eu_1_a_b'],
  ['{{service}}', { labels: {} }, undefined],
  ['{{service}}', 'text', undefined],
  ['the-database', {}, 'the-database'],
  [undefined, { labels: { service: 'checkout' } }, undefined],
])('AGT-4: of the resource %s and the input %j comes %s', async (resource, input, expected) => {
  const changes = resource === undefined ? {} : { resource };
  expect((await planned(changes, input)).resource).toBe(expected);
});
