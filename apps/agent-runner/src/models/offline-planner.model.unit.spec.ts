import { newId } from '@signalbox/kernel';
import { fenceUntrusted, type ModelMessage, type ModelRequest } from '@signalbox/models';
import { OfflinePlannerModel } from './offline-planner.model.ts';

const model = new OfflinePlannerModel();
const names = ['runbooks__search_files', 'runbooks__read_text_file', 'execute_remediation'];
const opening = (input: unknown): ModelMessage => ({
  role: 'user',
  text: fenceUntrusted('signal', JSON.stringify(input)),
});
const checkout = opening({ labels: { service: 'checkout' } });

const exchange = (name: string | undefined, text: string): ModelMessage[] => {
  const id = newId();
  return [
    { role: 'assistant', text: '', toolUses: [{ id, name: name ?? '', arguments: {} }] },
    { role: 'tool', toolUseId: id, text: fenceUntrusted('tool result', text) },
  ];
};
const found = exchange(names[0], '/var/runbooks/checkout.md');
const read = exchange(names[1], '# Checkout\nRemediation: `restart_service checkout`\n');

const ask = (messages: readonly ModelMessage[], tools: readonly string[] = names) => {
  const request: ModelRequest = {
    provider: 'offline',
    model: 'm',
    system: '',
    messages,
    tools: tools.map((name) => ({ name, description: '', inputSchema: {} })),
  };
  return model.complete(request, new AbortController().signal);
};

it('AGT-7: says that it is no language model', async () => {
  expect(await ask([checkout])).toMatchObject({ provider: 'offline', offline: true });
});

it('AGT-7: gives the same answer to the same conversation', async () => {
  expect(await ask([checkout, ...found])).toEqual(await ask([checkout, ...found]));
});

it('searches, reads, does what the runbook says, and sums up', async () => {
  expect(await ask([checkout])).toMatchObject({
    toolUses: [{ name: names[0], arguments: { path: '.', pattern: '**/checkout.md' } }],
  });
  expect(await ask([checkout, ...found])).toMatchObject({
    toolUses: [{ name: names[1], arguments: { path: '/var/runbooks/checkout.md' } }],
  });
  expect(await ask([checkout, ...found, ...read])).toMatchObject({
    toolUses: [{ name: names[2], arguments: { command: 'restart_service', target: 'checkout' } }],
  });
  const done = exchange(names[2], 'restarted');
  expect(await ask([checkout, ...found, ...read, ...done])).toMatchObject({
    text: 'For checkout the runbook says restart_service checkout. Result: restarted',
    toolUses: [],
  });
});

it('is not held up by a long result that names no runbook', async () => {
  const long = exchange(names[0], 'x'.repeat(200_000));
  expect(await ask([checkout, ...long])).toMatchObject({ toolUses: [] });
}, 2_000);

it('AGT-7: hands over to people what no runbook has a remediation for', async () => {
  const tools = [...names, 'agent__escalate'];
  const page = exchange(names[1], '# Checkout\nPage the owner.');
  expect(await ask([checkout, ...found, ...page], tools)).toMatchObject({
    toolUses: [
      {
        name: 'agent__escalate',
        arguments: { objective: expect.stringMatching(/owner of checkout.*Page the owner/s) },
      },
    ],
  });
  const told = exchange('agent__escalate', '{"summary":"told"}');
  expect(await ask([checkout, ...found, ...page, ...told], tools)).toMatchObject({
    text: expect.stringMatching(/names no remediation.*handed it over.*told/s),
    toolUses: [],
  });
});

it('AGT-7: tells people where it may not act itself', async () => {
  const tools = [...names.slice(0, 2), 'send_notification'];
  expect(await ask([checkout, ...found, ...read], tools)).toMatchObject({
    toolUses: [
      {
        name: 'send_notification',
        arguments: {
          channel: 'default',
          text: 'The runbook of checkout says restart_service checkout; I have no tool for that.',
        },
      },
    ],
  });
  const sent = exchange('send_notification', '{"configured":false}');
  expect(await ask([checkout, ...found, ...read, ...sent], tools)).toMatchObject({
    text: expect.stringMatching(/no tool for that.*"configured":false/s),
    toolUses: [],
  });
});

it.each([
  ['the signal names no service', [opening({})], names, /names no service/],
  ['there is no tool to search with', [checkout], [], /no tool to search/],
  [
    'nothing was found',
    [checkout, ...exchange(names[0], 'No matches found')],
    names,
    /no runbook for checkout: No matches found/,
  ],
  ['there is no tool to read with', [checkout, ...found], names.slice(0, 1), /no tool to read/],
  [
    'reading failed',
    [checkout, ...found, ...exchange(names[1], 'failed: gone')],
    names,
    /names no remediation. It says: failed: gone/,
  ],
  [
    'there is no tool to act with',
    [checkout, ...found, ...read],
    names.slice(0, 2),
    /I have no tool for that/,
  ],
] as const)('ends with the truth when %s', async (_, messages, tools, text) => {
  const answer = await ask(messages, tools);
  expect(answer.toolUses).toEqual([]);
  expect(answer.text).toMatch(text);
});

it('stops when it is aborted', () => {
  const request = { provider: 'p', model: 'm', system: '', messages: [], tools: [] };
  expect(() => model.complete(request, AbortSignal.abort())).toThrow(/aborted/);
});
