import { Logger } from '@nestjs/common';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Redactor } from '../secrets/redactor.ts';
import { InMemoryBlobStore } from '@signalbox/testing';
import { runTool } from '../toolcall/run-tool.ts';
import { invocationOf, limits } from '../toolcall/gateway.fixture.spec.ts';
import type { McpUpstream } from './mcp-upstream.ts';
import { upstreamOf, use } from './upstream.fixture.spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-upstream-'));
const open: McpUpstream[] = [];

beforeAll(() => {
  Logger.overrideLogger(false);
  mkdirSync(join(folder, 'runbooks'));
  writeFileSync(join(folder, 'runbooks', 'checkout.md'), '# Checkout\nRestart it.\n');
  writeFileSync(join(folder, 'runbooks', 'large.md'), 'x'.repeat(200_000));
  writeFileSync(join(folder, 'secret.txt'), 'canary');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'runbooks', 'link.md'));
});
afterEach(() => Promise.all(open.splice(0).map((upstream) => upstream.close())));
afterAll(() => rmSync(folder, { recursive: true }));

const filesystem = {
  stdio: {
    package: '@modelcontextprotocol/server-filesystem',
    args: ['./runbooks'],
    unsandboxed: true,
  },
  tools: { 'read_text_*': { repeatable: true, approval: false }, list_directory: {} },
};

/** For the tests that leave its server alone. */
let shared: McpUpstream;
beforeAll(() => {
  shared = opened('runbooks');
  open.pop();
});
afterAll(() => shared.close());

function opened(name: string, given: object = filesystem): McpUpstream {
  const upstream = upstreamOf(name, given, { folder });
  open.push(upstream);
  return upstream;
}

const read = (upstream: McpUpstream, path: string, signal?: AbortSignal) =>
  use(upstream, 'read_text_file', { path }, signal);

async function signalServer(upstream: McpUpstream, signal: NodeJS.Signals) {
  const pid = await upstream.pid();
  if (!pid) throw new Error('no server');
  process.kill(pid, signal);
  return pid;
}

const theRunbook = {
  status: 'succeeded',
  result: { content: [{ type: 'text', text: '# Checkout\nRestart it.\n' }] },
};

describe('an MCP upstream', () => {
  it('offers the tools that are configured, under its name, as careful as they are', async () => {
    const tools = await shared.tools();
    const brief = tools.map(({ definition, approvalRequired, repeatable }) => [
      definition.name,
      approvalRequired,
      repeatable,
    ]);
    expect(brief).toEqual([
      ['runbooks__read_text_file', false, true],
      ['runbooks__list_directory', true, false],
    ]);
  });

  it('lists and reads', async () => {
    const listed = await use(shared, 'list_directory', { path: '.' });
    expect(JSON.stringify(listed)).toContain('[FILE] checkout.md');
    expect(await read(shared, 'checkout.md')).toMatchObject(theRunbook);
  });

  it.each(['../secret.txt', '/etc/passwd', 'link.md', 'runbooks/../../secret.txt', 'none.md'])(
    'GTW-7: fails on the path %s',
    async (path) => {
      const result = await read(shared, path);
      expect(result).toMatchObject({ status: 'failed', code: 'tool_error' });
      expect(JSON.stringify(result)).not.toContain('canary');
    },
  );

  it('GTW-4: heals after its server was killed', async () => {
    const upstream = opened('runbooks');
    const pids = new Set<number>();
    for (let i = 0; i < 3; i++) {
      expect(await read(upstream, 'checkout.md')).toMatchObject(theRunbook);
      pids.add(await signalServer(upstream, 'SIGKILL'));
    }
    expect(await read(upstream, 'checkout.md')).toMatchObject(theRunbook);
    expect(pids.size).toBe(3);
  });

  it('GTW-4: repeats a call that was lost with the server if that does no harm', async () => {
    const upstream = opened('runbooks');
    await signalServer(upstream, 'SIGSTOP');
    const started = read(upstream, 'checkout.md');
    await signalServer(upstream, 'SIGKILL');
    expect(await started).toMatchObject(theRunbook);
  });

  it('GTW-6: does not repeat a call that was lost with the server otherwise', async () => {
    const upstream = opened('runbooks');
    await signalServer(upstream, 'SIGSTOP');
    const started = use(upstream, 'list_directory', { path: '.' });
    await signalServer(upstream, 'SIGKILL');
    expect(await started).toMatchObject({ status: 'interrupted', code: 'upstream_lost' });
  });

  it('GTW-4: hurts no other upstream when it dies', async () => {
    const [one, other] = [opened('one'), opened('other')];
    await other.tools();
    await signalServer(one, 'SIGSTOP');
    const stuck = read(one, 'checkout.md');
    expect(await read(other, 'checkout.md')).toMatchObject(theRunbook);
    await signalServer(one, 'SIGKILL');
    await stuck;
    expect(await read(other, 'checkout.md')).toMatchObject(theRunbook);
  });

  it('stops waiting when the time is up', async () => {
    const upstream = opened('runbooks', { ...filesystem, timeoutMs: 300 });
    await upstream.tools();
    await signalServer(upstream, 'SIGSTOP');
    const result = await read(upstream, 'checkout.md');
    await signalServer(upstream, 'SIGCONT');
    expect(result).toMatchObject({ status: 'interrupted', code: 'timeout' });
  });

  it('CTL-1: stops waiting when the signal is aborted', async () => {
    const upstream = opened('runbooks');
    await signalServer(upstream, 'SIGSTOP');
    const controller = new AbortController();
    const started = read(upstream, 'checkout.md', controller.signal);
    // By then it has been sent.
    await setImmediate();
    controller.abort();
    expect(await started).toMatchObject({ status: 'interrupted', code: 'cancelled' });
    await signalServer(upstream, 'SIGCONT');
  });

  it('keeps an answer apart that is too large for an event', async () => {
    const [tool] = await shared.tools();
    if (!tool) throw new Error('no tool');
    const invocation = invocationOf(tool, { arguments: { path: 'large.md' } });
    const { signal } = new AbortController();
    const blobs = new InMemoryBlobStore();
    const ended = await runTool(tool, invocation, signal, {
      limits,
      redactor: new Redactor(),
      blobs,
    });
    expect(ended).toMatchObject({ do: 'succeed', whole: { mediaType: 'application/json' } });
  });

  it('GTW-1: gives the server nothing of our environment', async () => {
    process.env.SIGNALBOX_CANARY = 'secret';
    const stdio = {
      command: 'node',
      args: ['-e', 'console.error(Object.keys(process.env).join())'],
      unsandboxed: true,
    };
    const failure: unknown = await opened('env', { stdio, tools: {} })
      .tools()
      .catch((error: unknown) => error);
    delete process.env.SIGNALBOX_CANARY;
    expect(String(failure)).toMatch(/PATH/);
    expect(String(failure)).not.toMatch(/SIGNALBOX/);
  });

  it('says why its server does not start, and waits longer before each next try', async () => {
    const stdio = {
      command: 'node',
      args: ['-e', 'console.error("no disk"); process.exit(3)'],
      unsandboxed: true,
    };
    const upstream = opened('broken', { stdio, tools: {} });
    await expect(upstream.tools()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('no disk'),
    });
    const tries = async () => {
      for (let i = 0; i < 6; i++) await upstream.tools().catch((error: unknown) => error);
      await upstream.tools();
    };
    await expect(tries()).rejects.toThrow(/starts again in/);
  });

  it('says so when its package is not installed', async () => {
    const upstream = opened('gone', {
      stdio: { package: 'no-such-package', unsandboxed: true },
      tools: {},
    });
    await expect(upstream.tools()).rejects.toThrow(/no-such-package is not installed/);
  });
});
