import { Logger } from '@nestjs/common';
import { busyMs } from '@signalbox/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { McpUpstream } from './mcp-upstream.ts';
import { stdioServer } from './stdio-server.fixture.spec.ts';
import { harmless, upstreamOf, use } from './upstream.fixture.spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-hostile-'));
const open: McpUpstream[] = [];
const logged: string[] = [];

beforeAll(() => {
  const warn = (line: string) => void logged.push(line);
  Logger.overrideLogger({ warn, log: () => undefined, error: warn });
});
beforeEach(() => void logged.splice(0));
afterEach(() => Promise.all(open.splice(0).map((upstream) => upstream.close())));
afterAll(() => rmSync(folder, { recursive: true }));

const WRITE = `
  import { writeSync } from 'node:fs';
  const { stdout } = process;
  const write = (text) => stdout.write(text) || new Promise((resolve) => stdout.once('drain', resolve));
  const answer = (id, result) => write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
  const done = { content: [{ type: 'text', text: 'done' }] };
  const flood = async (line, times) => {
    const lines = (line + '\\n').repeat(1_000);
    for (let i = 0; i < times; i += 1_000) await write(lines);
  };
`;

/** A server whose tools are the functions of `acts`. */
function serverOf(acts: string, given: object = {}): McpUpstream {
  const stdio = stdioServer(`${WRITE} globalThis.acts = { done: () => done, ${acts} };`);
  const upstream = upstreamOf('own', { stdio, tools: { '*': {} }, ...given }, { folder });
  open.push(upstream);
  return upstream;
}

const done = { status: 'succeeded', result: { content: [{ type: 'text', text: 'done' }] } };

/** The most work that we do during a call of another server, from now until `until` is settled, in ms. */
async function slowestBeside(until: Promise<unknown>): Promise<number> {
  const other = serverOf('');
  await other.tools();
  const over = new AbortController();
  void until.finally(() => over.abort());
  let slowestMs = 0;
  while (!over.signal.aborted) {
    const since = busyMs();
    expect(await use(other, 'done')).toMatchObject(done);
    slowestMs = Math.max(slowestMs, busyMs() - since);
  }
  return slowestMs;
}

/** The most work that is done at one go, while nobody else has a turn, until `until` is settled, in ms. */
async function longestTurn(until: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  void until.finally(() => over.abort());
  let longestMs = 0;
  while (!over.signal.aborted) {
    const since = busyMs();
    await setImmediate();
    longestMs = Math.max(longestMs, busyMs() - since);
  }
  return longestMs;
}

const PING = `{"jsonrpc":"2.0","id":"x","method":"ping"}`;
const CHANGED = `{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}`;
const NOTE = `{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}`;

describe('an MCP server that sends too much', () => {
  it('GTW-4: does not keep the turn, whatever it sends', async () => {
    const noisy = serverOf(
      `flood: (id) => void flood('${PING}', 5_000).then(() => answer(id, done))`,
    );
    await noisy.tools();
    const flooded = use(noisy, 'flood');
    expect(await longestTurn(flooded)).toBeLessThan(150);
    expect(await flooded).toMatchObject(done);
  });

  it('GTW-4: keeps calls of others waiting for less than half a second, and gets its answer through', async () => {
    const noisy = serverOf(
      `flood: (id) => void flood('${NOTE}', 50_000).then(() => answer(id, done))`,
    );
    await noisy.tools();
    const flooded = use(noisy, 'flood');
    expect(await slowestBeside(flooded)).toBeLessThan(500);
    expect(await flooded).toMatchObject(done);
  });

  it('GTW-4: is ended for messages without end, and the reason is told', async () => {
    const noisy = serverOf(`flood: () => void flood('${CHANGED}', Infinity)`);
    await noisy.tools();
    const reason = /the gateway ended it: it sent more than \d+ bytes or \d+ messages that nobody/;
    expect(await use(noisy, 'flood')).toMatchObject({
      status: 'interrupted',
      code: 'upstream_lost',
      message: expect.stringMatching(reason),
    });
    expect(logged).toEqual([expect.stringMatching(reason)]);
  });
});

describe('an answer that is too large', () => {
  const large = `async (id) => {
    await write('{"jsonrpc":"2.0","id":' + id + ',"result":{"content":[{"type":"text","text":"');
    for (let i = 0; i < 21; i++) await write('y'.repeat(1_000_000));
    await write('"}]}}\\n');
    await answer(slow, done);
  }`;
  const largeFirst = `async (id) => {
    await write('{"result":{"content":[],"structuredContent":{"a":[0');
    for (let i = 0; i < 300; i++) await write(',0'.repeat(1_000));
    await write(']}},"jsonrpc":"2.0","id":' + id + '}\\n');
    await answer(slow, done);
  }`;
  const tooLarge = {
    status: 'failed',
    code: 'answer_too_large',
    message: expect.stringMatching(/more than 20000000 bytes or 250000 values/),
  };

  it.each([
    ['in bytes, by the id before it', large],
    ['in values, by the id behind it', largeFirst],
  ])('GTW-4: ends its own call only: %s', async (_, act) => {
    const upstream = serverOf(
      `large: (id) => void (${act})(id), slow: (id) => void (globalThis.slow = id)`,
    );
    await upstream.tools();
    const slow = use(upstream, 'slow');
    expect(await use(upstream, 'large')).toMatchObject(tooLarge);
    expect(await slow).toMatchObject(done);
    expect(await use(upstream, 'done')).toMatchObject(done);
    expect(logged).toEqual([]);
  });

  it('GTW-4: is read up to the size that is kept', async () => {
    const upstream = serverOf(
      `text: () => ({ content: [{ type: 'text', text: 'y'.repeat(16e6) }] })`,
    );
    expect(await use(upstream, 'text')).toMatchObject({ status: 'succeeded' });
  });

  it('GTW-4: ends its server, which is told, when nobody can say whose it is', async () => {
    const upstream = serverOf(`
      odd: async () => {
        await write('{"result":"' + 'y'.repeat(21e6) + '","id":1,"more":"' + 'y'.repeat(400) + '"}\\n');
      },
      slow: () => undefined,
    `);
    await upstream.tools();
    const slow = use(upstream, 'slow');
    const reason = /the gateway ended it: it sent an answer of more than 20000000 bytes/;
    const lost = { code: 'upstream_lost', message: expect.stringMatching(reason) };
    expect(await use(upstream, 'odd')).toMatchObject(lost);
    expect(await slow).toMatchObject(lost);
    expect(logged).toEqual([expect.stringMatching(reason)]);
  });
});

describe('an answer that is none', () => {
  it.each([
    ['null', `(id) => void answer(id, null)`],
    ['text', `(id) => void answer(id, 'text')`],
    ['content that is text', `() => ({ content: 'text' })`],
    ['nothing', `(id) => void write('{"jsonrpc":"2.0","id":' + id + '}\\n')`],
  ])('GTW-4: ends the call at once: %s', async (_, act) => {
    const upstream = serverOf(`odd: ${act}`);
    expect(await use(upstream, 'odd')).toMatchObject({ status: 'failed', code: 'protocol_error' });
    expect(await use(upstream, 'done')).toMatchObject(done);
  });
});

describe('tools that cannot be offered as they are', () => {
  async function offeredOf(tools: readonly unknown[]): Promise<readonly string[]> {
    writeFileSync(join(folder, 'tools.json'), JSON.stringify(tools));
    const given = { stdio: stdioServer(), tools: { '*': harmless } };
    const upstream = upstreamOf('own', given, { folder });
    open.push(upstream);
    const offered = await upstream.tools();
    return offered.map(({ definition: { name, description } }) =>
      [name, description].join(' ').trim(),
    );
  }

  it('GTW-4: a schema that is none leaves out its tool only, with a warning that names it', async () => {
    const bad = [null, true, { type: 'array' }, { $ref: '#' }, {}];
    const tools = bad.map((inputSchema, i) => ({ name: `bad${i}`, inputSchema }));
    const others = [{ name: 'bad5', description: 7 }, { inputSchema: { type: 'object' } }, 'text'];
    expect(await offeredOf([...tools, { name: 'good' }, ...others])).toEqual(['own__good']);
    expect(logged).toHaveLength(1);
    for (let i = 0; i < 6; i++) expect(logged[0]).toContain(`"bad${i}" is left out: `);
    expect(logged[0]).toContain('"bad2" is left out: inputSchema.type: ');
    expect(logged[0]).toContain('"#8" is left out: ');
  });

  it('GTW-4: which of those that become one name is offered is not by chance, and is told', async () => {
    const long = 'x'.repeat(120);
    const tools = [
      { name: 'a/b', description: 'slash' },
      { name: 'a.b', description: 'dot' },
      { name: 'c d' },
      { name: 'e.f' },
      { name: 'e_f', description: 'plain' },
      { name: '' },
      { name: long },
    ];
    const offered = await offeredOf(tools);
    const expected = ['own__a_b dot', 'own__c_d', 'own__e_f plain', `own__${long}`.slice(0, 100)];
    expect(offered).toEqual(expected);
    expect((await offeredOf(tools.toReversed())).toSorted()).toEqual(expected.toSorted());
    const [warning = ''] = logged;
    expect(warning).toContain('"a/b" is left out: own__a_b is the name of "a.b"');
    expect(warning).toContain('"e.f" is left out: own__e_f is the name of "e_f"');
    expect(warning).toContain('"" is left out: it has no name');
    expect(warning).toContain('"c d" is offered as own__c_d');
    expect(warning).toContain(`" is offered as own__xxx`);
  });
});
