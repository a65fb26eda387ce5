import { Logger } from '@nestjs/common';
import { eventually } from '@signalbox/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { McpUpstream } from './mcp-upstream.ts';
import { toolboxFor } from './peer.fixture.spec.ts';
import { stdioServer } from './stdio-server.fixture.spec.ts';
import { EVERYTHING, harmless, upstreamOf, use } from './upstream.fixture.spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-limits-'));
const open: McpUpstream[] = [];

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => Promise.all(open.splice(0).map((upstream) => upstream.close())));
afterAll(() => rmSync(folder, { recursive: true }));

function everything(given: object = {}, stdio: object = {}): McpUpstream {
  const config = {
    stdio: { package: EVERYTHING, unsandboxed: true, ...stdio },
    tools: { '*': harmless },
    ...given,
  };
  const env = { TOKEN: 'canary-of-the-server' };
  const upstream = upstreamOf('all', config, { toolbox: toolboxFor({ env, folder }) });
  open.push(upstream);
  return upstream;
}

const long = (upstream: McpUpstream, seconds: number) =>
  use(upstream, 'trigger-long-running-operation', { duration: seconds, steps: 1 });

const listing = (...tools: object[]) =>
  writeFileSync(join(folder, 'tools.json'), JSON.stringify(tools));

const changing = () => everything({ stdio: stdioServer() });

describe('an MCP upstream within its limits', () => {
  it('GTW-4: is stopped when nobody uses it, and started again when it is needed', async () => {
    const upstream = everything({ idleTimeoutMs: 300 });
    const first = await upstream.pid();
    await eventually(() => !upstream.running);
    const [tool] = await upstream.tools();
    expect(upstream.running).toBe(false);
    expect(tool?.definition.name).toBe('all__echo');
    expect(await use(upstream, 'echo', { message: 'x' })).toMatchObject({ status: 'succeeded' });
    expect(await upstream.pid()).not.toBe(first);
  });

  it('GTW-4: is not stopped while a call runs', async () => {
    const upstream = everything({ idleTimeoutMs: 300 });
    expect(await long(upstream, 1.5)).toMatchObject({ status: 'succeeded' });
  });

  it('GTW-4: is stopped when it does not answer, and started again', async () => {
    const upstream = everything({ pingEveryMs: 200 });
    const first = await upstream.pid();
    if (first) process.kill(first, 'SIGSTOP');
    await eventually(() => !upstream.running, 15_000);
    expect(await use(upstream, 'echo', { message: 'x' })).toMatchObject({ status: 'succeeded' });
    expect(await upstream.pid()).not.toBe(first);
  });

  it('GTW-4: works on so many calls at once, and lets so many wait', async () => {
    const upstream = everything({ concurrency: 1, queueMax: 1 });
    await upstream.tools();
    const [first, second, third] = [long(upstream, 1), long(upstream, 0.1), long(upstream, 0.1)];
    expect(await third).toMatchObject({ status: 'failed', code: 'queue_full' });
    expect(await first).toMatchObject({ status: 'succeeded' });
    expect(await second).toMatchObject({ status: 'succeeded' });
    expect(await long(upstream, 0.1)).toMatchObject({ status: 'succeeded' });
  });

  it('GTW-4: a call that is given up while it waits was not sent', async () => {
    const upstream = everything({ concurrency: 1 });
    await upstream.tools();
    const first = long(upstream, 1);
    const controller = new AbortController();
    const second = use(upstream, 'echo', { message: 'x' }, controller.signal);
    // By then it stands in the line.
    await setImmediate();
    controller.abort();
    expect(await second).toMatchObject({
      status: 'failed',
      code: 'cancelled',
      message: expect.stringMatching(/was not sent/),
    });
    expect(await first).toMatchObject({ status: 'succeeded' });
  });

  it('GTW-4: is killed when it takes more memory than it may', async () => {
    const upstream = everything({ tools: { '*': {} } }, { memoryBytesMax: 1_000_000 });
    // It does so from the beginning, so that the call is not even sent.
    expect(await long(upstream, 30)).toMatchObject({
      status: 'failed',
      code: 'session_lost',
      message: expect.stringMatching(/took \d+ bytes of memory, at most 1000000 may be/),
    });
  });

  it('GTW-4: offers other tools as soon as its server says that it has them', async () => {
    listing({ name: 'change' });
    const upstream = changing();
    const heard: string[][] = [];
    await upstream.tools();
    upstream.onListed((tools) => heard.push(tools.map((tool) => tool.definition.name)));
    listing({ name: 'change' }, { name: 'added' });
    expect(await use(upstream, 'change')).toMatchObject({ status: 'succeeded' });
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([['all__change', 'all__added']]);
    expect(await use(upstream, 'added')).toMatchObject({ status: 'succeeded' });
  });

  it('GTW-4: does not call a tool that has become another since it was judged', async () => {
    listing({ name: 'change', description: 'harmless' });
    const upstream = changing();
    const [judged] = await upstream.tools();
    listing({ name: 'change', description: 'harmful' });
    const pid = await upstream.pid();
    if (pid) process.kill(pid, 'SIGKILL');
    await eventually(() => !upstream.running);
    const call = { callId: 'CALL1', signal: new AbortController().signal };
    expect(await judged?.run({}, call)).toMatchObject({
      status: 'failed',
      code: 'definition_changed',
    });
  });

  it('GTW-8: gives its server the credentials that it is configured with', async () => {
    const env = { API_TOKEN: { secret: 'env:TOKEN' }, PLAIN: 'text' };
    const answer = JSON.stringify(await use(everything({}, { env }), 'get-env'));
    expect(answer).toContain('canary-of-the-server');
    expect(answer).toContain('PLAIN');
    const missing = everything({}, { env: { API_TOKEN: { secret: 'env:NONE' } } });
    await expect(missing.tools()).rejects.toThrow(/credential env:NONE is not there/);
  });
});
