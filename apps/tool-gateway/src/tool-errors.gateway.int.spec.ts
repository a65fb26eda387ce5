import { allEvents, invokeTool, type ToolOutcome, type toolRegistered } from '@signalbox/contracts';
import { newId, SystemClock, type EventOf, type JsonObject } from '@signalbox/kernel';
import { JetStreamCommandBus, JetStreamEventStore } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import { startTestNats, type TestNats } from '@signalbox/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './main.ts';
import { context, request } from './toolcall/gateway.fixture.spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-errors-'));

/** One tool that does as it is told. */
const MODULE = `export const tool = {
  description: 'Does as it is told.',
  inputSchema: {
    type: 'object',
    properties: { how: { enum: ['slow', 'large', 'without'] } },
    required: ['how'],
    additionalProperties: false,
  },
  async run({ how }, { signal, secret }) {
    if (how === 'large') return { status: 'succeeded', result: 'x'.repeat(5_000) };
    if (how === 'without') await secret('env:NOT_SET');
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

const stdio = { command: process.execPath, args: ['-e', FRAIL], unsandboxed: true };
const module = { module: './told.mjs', approval: false };
const limits = { outputBytesMax: 1_000, timeoutMs: 300 };
const configuration = {
  tools: { told: module, told_again: { ...module, repeatable: true } },
  upstreams: { frail: { stdio, tools: { crash: { approval: false } } } },
  policy: { allow: [{ caller: 'reader', tools: ['told*', 'frail__*'], ...limits }] },
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

  async function invoke(tool: string, given: JsonObject, as = tool): Promise<ToolOutcome> {
    const { events } = await store.read({ aggregate: 'tool', id: tool });
    const offer = events.at(-1) as EventOf<typeof toolRegistered>;
    const { definitionDigest } = offer.data;
    const ids = { callId: newId(), executionId: newId(), caller: 'reader' };
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
});
