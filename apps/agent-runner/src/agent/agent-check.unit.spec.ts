import { agentSchema, type Agent } from '@signalbox/contracts';
import { checkAgent } from './agent-check.ts';
import { defaultAgents } from './default-agents.ts';

const around = {
  tools: ['runbooks__search_files', 'execute_remediation'],
  agents: ['mender', 'escalate'],
  problemWith: ({ provider }: { provider: string }) =>
    provider === 'openai' ? undefined : 'ANTHROPIC_API_KEY is not set: the key',
};
const agent = agentSchema.parse({
  id: 'mender',
  name: 'Mender',
  role: 'You mend.',
  tools: ['runbooks__*', 'execute_remediation'],
  agents: ['esc*'],
  models: [{ provider: 'openai', model: 'gpt-4o' }],
  inputSchema: { type: 'object', required: ['labels'] },
  stepsMax: 3,
  resource: '{{service}}',
});
const check = (changes: Partial<Agent>) => checkAgent({ ...agent, ...changes }, around);

it('AGT-1: takes an agent whose every reference leads somewhere', () => {
  expect(() => check({})).not.toThrow();
});

it.each<[Partial<Agent>, string, RegExp]>([
  [{ tools: ['runbooks__*', 'rm'] }, 'tools.1', /no tool named rm is registered/],
  [{ tools: ['shell__*'] }, 'tools.0', /no tool .* has a name like shell__\*/],
  [{ agents: ['nobody'] }, 'agents.0', /no agent named nobody/],
  [{ agents: ['escalate', 'mender'] }, 'agents.1', /is the agent itself/],
  [{ agents: ['mend*'] }, 'agents.0', /no agent .* like mend\*/],
  [{ models: [{ provider: 'anthropic', model: 'm' }] }, 'models.0', /^ANTHROPIC_API_KEY/],
  [{ name: ' ' }, 'name', /empty/],
  [{ name: 'n'.repeat(201) }, 'name', /over 200 characters/],
  [{ role: ' \n' }, 'role', /empty/],
  [{ role: 'é'.repeat(33_000) }, 'role', /over 65536 bytes/],
  [{ id: 'a'.repeat(58) }, 'id', /over 57 characters/],
  [{ resource: '{{service' }, 'resource', /placeholder/],
  [
    { inputSchema: { type: 'nonsense' } },
    'inputSchema',
    /no usable JSON Schema: schema is invalid/,
  ],
  [{ inputSchema: { $ref: 'https://127.0.0.1:9/x.json' } }, 'inputSchema', /resolve reference/],
  [{ inputSchema: { $async: true } }, 'inputSchema', /no usable/],
  [{ inputSchema: { pattern: '(?=a)b' } }, 'inputSchema', /no usable/],
  [{ inputSchema: { description: 'x'.repeat(70_000) } }, 'inputSchema', /larger than/],
])('AGT-1: refuses %j, naming %s', (changes, field, problem) => {
  expect(() => check(changes)).toThrow(
    expect.objectContaining({
      code: 'agent_unusable',
      kind: 'invalid',
      fields: [{ field, problem: expect.stringMatching(problem) }],
    }),
  );
});

it('AGT-1: says all that is wrong at once', () => {
  expect(() => check({ tools: ['a', 'b'], role: '' })).toThrow(
    expect.objectContaining({
      fields: ['role', 'tools.0', 'tools.1'].map((field) => expect.objectContaining({ field })),
    }),
  );
});

it.each(defaultAgents)(
  'AGT-1: $id, which comes with the product, could be defined as it is',
  (one) => {
    const offered = ['runbooks__read_text_file', 'execute_remediation', 'send_notification'];
    const tools = [...offered, 'get_system_metrics', 'get_recent_logs'];
    const agents = defaultAgents.map(({ id }) => id);
    expect(() => checkAgent(one, { tools, agents, problemWith: () => undefined })).not.toThrow();
  },
);
