import { allEvents, invokeTool, type ToolOutcome, type toolRegistered } from '@signalbox/contracts';
import { digestOf, newId, SystemClock, type EventOf, type JsonObject } from '@signalbox/kernel';
import { JetStreamCommandBus, JetStreamEventStore } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './main.ts';
import { context, halt, request, typesOf } from './toolcall/gateway.fixture.spec.ts';
import { stdioServer } from './tools/stdio-server.fixture.spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-errors-'));

/** One tool that does as it is told. */
const MODULE = `export const tool = {
  description: 'Does as it is told.',
  inputSchema: {
    type: 'object',
    properties: { how: { enum: ['slow', 'large', 'without', 'wordy', 'thrown', 'deaf'] } },
    required: ['how'],
    additionalProperties: false,
  },
  async run({ how }, { signal, secret }) {
    if (how === 'large') return { status: 'succeeded', result: 'x'.repeat(5_000) };
    if (how === 'without') await secret('env:NOT_SET');
    if (how === 'deaf') return new Promise(() => undefined);
    if (how === 'thrown') throw new TypeError('undefined is not a function');
    if (how === 'wordy') {
      return { status: 'failed', code: 'http_status', message: 'no disk '.repeat(1_000_000) };
    }
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { status: 'interrupted', code: 'cancelled', message: 'It was stopped.' };
  },
};`;

/** An MCP server that has one tool and does not survive it. */
const FRAIL = `
const answer = (id, result) => console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
const tools = [{ name: 'crash', inputSchema: { type: 'object' } }];
const capabilities = { tools: {} };
const serverInfo = { name: 'frail', version: '1' };
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (method === 'tools/call') process.exit(1);
  if (method === 'tools/list') return answer(id, { tools });
  if (method === 'initialize') {
    return answer(id, { protocolVersion: params.protocolVersion, capabilities, serverInfo });
  }
  if (id === undefined) return;
  console.log(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }));
});`;

/** Starts, and answers nothing before there is a certain file. */
const UNTIL_IT_MAY = `
import { existsSync } from 'node:fs';
while (!existsSync('may')) await new Promise((resolve) => setTimeout(resolve, 50));`;

const stdio = { command: process.execPath, args: ['-e', FRAIL], unsandboxed: true };
const module = { module: './told.mjs', approval: false };
const OF_ANOTHER_LIFE = { definitionDigest: digestOf('a definition') };
const limits = { outputBytesMax: 1_000, timeoutMs: 300 };
const configuration = {
  tools: { told: module, free: module, told_again: { ...module, repeatable: true } },
  upstreams: {
    frail: { stdio, tools: { crash: { approval: false } } },
    late: { stdio: stdioServer(UNTIL_IT_MAY), tools: { act: { approval: false } } },
  },
  policy: {
    allow: [
      { caller: 'reader', tools: ['free'] },
      { caller: 'reader', tools: ['told*', 'frail__*', 'late__*'], ...limits },
    ],
  },
};

describe('what a caller is told of a call that went wrong', () => {
  let nats: TestNats;
  let gateway: RunningService;
  let store: JetStreamEventStore;
  let bus: JetStreamCommandBus;

  beforeAll(async () => {
    nats = await startTestNats();
    const { connection, env } = nats;
    const shared = { connection, env, clock: new SystemClock(), source: 'spec' };
    store = new JetStreamEventStore({ ...shared, definitions: allEvents });
    bus = new JetStreamCommandBus(shared);
    writeFileSync(join(folder, 'told.mjs'), MODULE);
    writeFileSync(join(folder, 'tools.json'), JSON.stringify([{ name: 'act' }]));
    const file = join(folder, 'gateway.yaml');
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(configuration));
    gateway = await start({
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_ENV: env,
      SIGNALBOX_GATEWAY_CONFIG: file,
      SIGNALBOX_HOME: folder,
      SIGNALBOX_LOG_LEVEL: 'error',
    });
  }, 120_000);
  afterAll(async () => {
    await gateway.stop();
    await nats.stop();
    rmSync(folder, { recursive: true });
  });

  async function offerOf(tool: string) {
    const { events } = await store.read({ aggregate: 'tool', id: tool });
    return events.at(-1) as EventOf<typeof toolRegistered> | undefined;
  }

  async function invoke(
    tool: string,
    given: JsonObject,
    as = tool,
    callId = newId(),
  ): Promise<ToolOutcome> {
    // Of one that is not there yet its caller knows what was published before.
    const { definitionDigest } = (await offerOf(tool))?.data ?? OF_ANOTHER_LIFE;
    const ids = { callId, executionId: newId(), caller: 'reader' };
    const replyTo = 'agent-runner' as const;
    const invocation = { ...ids, replyTo, tool: as, arguments: given, definitionDigest };
    await request(store, invocation);
    const options = { id: invocation.callId, context: context(), waitMs: 30_000 };
    return (await bus.request(invokeTool.of(invocation), options)) as unknown as ToolOutcome;
  }

  it.each([
    ['wrong tool', ['told', {}, 'tould'], ['refused', 'unknown_tool'], /no tool 'tould' here/],
    [
      'wrong argument',
      ['told', { how: 'fast' }],
      ['refused', 'invalid_arguments'],
      /how must be .*: slow, large, without/,
    ],
    [
      'argument too many',
      ['told', { how: 'slow', a: 1 }],
      ['refused', 'invalid_arguments'],
      /properties: a; there are how/,
    ],
    [
      'no argument',
      ['told', {}],
      ['refused', 'invalid_arguments'],
      /must have required property 'how'/,
    ],
    ['timeout', ['told', { how: 'slow' }], ['unknown', undefined], /timeout: .*300 ms/],
    [
      'timeout of a question',
      ['told_again', { how: 'slow' }],
      ['failed', 'timeout'],
      /300 ms.*doing it again does no harm/,
    ],
    [
      'missing credential',
      ['told', { how: 'without' }],
      ['failed', 'missing_credential'],
      /env:NOT_SET is not there.*Nothing was done/,
    ],
    [
      'crash of a tool of ours',
      ['told', { how: 'thrown' }],
      ['unknown', undefined],
      /tool_crashed: .*not a function/,
    ],
    [
      'longest words',
      ['told', { how: 'wordy' }],
      ['failed', 'http_status'],
      /^no disk .*… \(the beginning of 8000000 characters\)\. It may have taken effect/,
    ],
    [
      'server that hangs',
      ['late__act', {}],
      ['refused', 'tool_unavailable'],
      /late cannot be used now; try again later.*not started within 300 ms\.$/,
    ],
    [
      'crashed upstream',
      ['frail__crash', {}],
      ['unknown', undefined],
      /upstream_lost: .*the server has ended/,
    ],
  ] as const)('GTW-5: %s', async (_, [tool, given, as], [status, code], said) => {
    const outcome = await invoke(tool, given, as);
    if (outcome.status === 'succeeded') throw new Error('it succeeded');
    expect(outcome.status).toBe(status);
    expect(Object.values(outcome)).toEqual(expect.arrayContaining(code ? [code] : []));
    expect(outcome.message).toMatch(said);
  });

  it('GTW-5: oversize output', async () => {
    const outcome = await invoke('told', { how: 'large' });
    expect(outcome).toMatchObject({
      status: 'succeeded',
      result: expect.stringMatching(/^x+…\noutput_too_large: The tool ran and succeeded/),
      whole: { bytes: 5_002 },
    });
    expect(Buffer.byteLength(JSON.stringify(outcome))).toBeLessThan(1_500);
  });

  it('GTW-4: a server that hangs at the start of the gateway has its tools published when it comes', async () => {
    expect(await offerOf('late__act')).toBeUndefined();
    writeFileSync(join(folder, 'may'), '');
    await eventually(async () => (await offerOf('late__act')) !== undefined, 60_000);
    expect(await invoke('late__act', {})).toMatchObject({ status: 'succeeded' });
  });

  it('CTL-1: a halt ends the call of a tool that heeds nothing and has no time limit', async () => {
    const callId = newId();
    const parked = invoke('free', { how: 'deaf' }, 'free', callId);
    await eventually(async () => (await typesOf(store, callId)).length > 0);
    await halt(store);
    expect(await parked).toEqual({
      status: 'unknown',
      message: expect.stringMatching(/^cancelled: .*by the kill switch, but did not stop/),
    });
    expect(await typesOf(store, callId)).toEqual(['toolcall.claimed', 'toolcall.unknown']);
  });
});
