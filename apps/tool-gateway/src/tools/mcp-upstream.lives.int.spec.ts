import { Logger } from '@nestjs/common';
import { eventually } from '@signalbox/testing';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { McpUpstream } from './mcp-upstream.ts';
import { MODERN_SERVER } from './modern-server.fixture.spec.ts';
import { isRunning, processTree } from './process-memory.ts';
import { STDIO_SERVER, stdioServer } from './stdio-server.fixture.spec.ts';
import { harmless, upstreamOf, use } from './upstream.fixture.spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-lives-'));
const inFolder = (name: string) => join(folder, name);
const open: McpUpstream[] = [];
const logged: string[] = [];

beforeAll(() => {
  const warn = (line: string) => void logged.push(line);
  Logger.overrideLogger({ warn, log: () => undefined, error: warn });
  writeFileSync(inFolder('tools.json'), JSON.stringify([{ name: 'act' }]));
});
beforeEach(() => void logged.splice(0));
afterEach(() => Promise.all(open.splice(0).map((upstream) => upstream.close())));
afterAll(() => rmSync(folder, { recursive: true }));

function upstreamWith(
  before: string,
  given: object = {},
  longestCallMs?: () => number,
): McpUpstream {
  const config = { stdio: stdioServer(before), tools: { '*': {} }, ...given };
  const upstream = upstreamOf('own', config, { folder, longestCallMs });
  open.push(upstream);
  return upstream;
}

const kill = async (upstream: McpUpstream) => process.kill((await upstream.pid()) ?? 0, 'SIGKILL');
const call = () => ({ callId: 'CALL1', signal: new AbortController().signal });

describe('the lives of an MCP server', () => {
  it('GTW-4: logs why a start came to nothing and when the next may be, once for each', async () => {
    const upstream = upstreamWith("console.error('no disk'); process.exit(3);");
    for (let i = 0; i < 10; i++) await upstream.tools().catch(() => undefined);
    expect(logged.length).toBeGreaterThan(2);
    expect(logged.length).toBeLessThan(8);
    expect(logged[0]).toMatch(/ not before 250 ms: it does not start: .*no disk$/s);
    expect(logged[1]).toMatch(/ not before 500 ms: /);
  });

  it('GTW-4: comes back when what a killed server has started still holds its pipes', async () => {
    const upstream = upstreamWith(`
      import { spawn } from 'node:child_process';
      import { writeFileSync } from 'node:fs';
      const { pid } = spawn('sleep', ['60'], { stdio: 'inherit' });
      writeFileSync('pid', String(pid));
    `);
    await use(upstream, 'act');
    const started = Number(readFileSync(inFolder('pid'), 'utf8'));
    const first = await upstream.pid();
    await kill(upstream);
    await eventually(async () => (await upstream.pid()) !== first, 15_000);
    expect(await use(upstream, 'act')).toMatchObject({ status: 'succeeded' });
    await eventually(() => !isRunning(started), 15_000);
  });

  it('GTW-4: gives a start up whose server answers, and takes nothing that it is sent', async () => {
    const upstream = upstreamWith(`
      import { closeSync, writeSync } from 'node:fs';
      closeSync(0);
      const say = (message) => writeSync(1, JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
      const serverInfo = { name: 'deaf', version: '1' };
      const result = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
      setInterval(() => {
        say({ id: 'server-discover-probe-1', error: { code: -32601, message: 'no such method' } });
        say({ id: 0, result });
      }, 100);
    `);
    await expect(upstream.tools()).rejects.toThrow(/does not start: .*EPIPE/);
    expect(upstream.running).toBe(false);
  });

  it('GTW-4: a gateway that stops does not wait for a start', async () => {
    const upstream = upstreamWith('await new Promise((resolve) => setTimeout(resolve, 600_000));');
    const before = processTree(process.pid).length;
    const listed = upstream.tools().catch(String);
    // Even where the server is there by then.
    await eventually(() => processTree(process.pid).length > before);
    const since = performance.now();
    await upstream.close();
    expect(performance.now() - since).toBeLessThan(20_000);
    expect(await listed).toMatch(/the gateway stops/);
    await eventually(() => processTree(process.pid).length <= before);
  });

  it('GTW-4: a call that comes while an idle server takes its time to end goes to the next', async () => {
    const upstream = upstreamWith(
      `
      import { writeFileSync as write } from 'node:fs';
      process.stdin.on('end', () => { write('asked', ''); setInterval(() => undefined, 1_000); });
    `,
      { idleTimeoutMs: 300 },
    );
    const [tool] = await upstream.tools();
    await eventually(() => existsSync(inFolder('asked')));
    expect(await tool?.run({}, call())).toMatchObject({ status: 'succeeded' });
  });

  it('GTW-6: what has been done has not failed because the answer does not fit its schema', async () => {
    const odd = { name: 'odd', outputSchema: { type: 'object', required: ['done'] } };
    writeFileSync(inFolder('tools.json'), JSON.stringify([{ name: 'act' }, odd]));
    expect(await use(upstreamWith(''), 'odd')).toMatchObject({ status: 'succeeded' });
  });

  it('GTW-4: is found out anew when it has become a server of the other revision', async () => {
    const server = inFolder('server.mjs');
    writeFileSync(server, STDIO_SERVER);
    const stdio = { command: 'node', args: [server], unsandboxed: true };
    const upstream = upstreamWith('', { stdio });
    await use(upstream, 'act');
    rmSync(server);
    symlinkSync(MODERN_SERVER, server);
    await kill(upstream);
    await eventually(() => !upstream.running);
    await eventually(() => upstream.tools().then(Boolean, () => false));
    expect(await use(upstream, 'echo', { message: 'x' })).toMatchObject({ status: 'succeeded' });
  });

  it('CTL-1: a call does not wait longer for a start than it may take', async () => {
    const upstream = upstreamWith(
      `
      import { existsSync } from 'node:fs';
      if (existsSync('stuck')) await new Promise((resolve) => setTimeout(resolve, 600_000));
    `,
      { tools: { '*': harmless }, timeoutMs: 1_000 },
    );
    const [tool] = await upstream.tools();
    writeFileSync(inFolder('stuck'), '');
    await kill(upstream);
    await eventually(() => !upstream.running);
    const late = {
      status: 'failed',
      code: 'timeout',
      message: expect.stringContaining('not sent'),
    };
    expect(await tool?.run({}, call())).toMatchObject(late);
    const halt = new AbortController();
    const halted = tool?.run({}, { ...call(), signal: halt.signal });
    halt.abort();
    expect(await halted).toMatchObject({ status: 'failed', code: 'cancelled' });
    rmSync(inFolder('stuck'));
  });

  it('CTL-1: a call does not wait longer for the list of tools than it may take either', async () => {
    const hung = 'await new Promise((resolve) => setTimeout(resolve, 600_000));';
    const upstream = upstreamWith(hung, { timeoutMs: 500 });
    await expect(upstream.find('own__act')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringMatching(/own cannot be used now.*not started within 500 ms\.$/),
    });
    const shorter = upstreamWith(hung, { timeoutMs: 600_000 }, () => 100);
    await expect(shorter.find('own__act')).rejects.toThrow(/not started within 100 ms/);
  });

  it('GTW-8: what is said of a start begins with no piece of a word that may be a secret', async () => {
    const upstream = upstreamWith(
      "console.error(`canary-${'x'.repeat(50)}-of-a-secret ${'no disk '.repeat(120)}`); process.exit(3);",
    );
    const said = String(await upstream.tools().catch(String));
    expect(said).toMatch(/… no disk no disk/);
    expect(said).not.toContain('secret');
  });

  it('GTW-5: what is said of a start that came to nothing is short, however much there is', async () => {
    const upstream = upstreamWith(`
      process.stdin.once('data', (line) => {
        const error = { code: -32000, message: 'no disk '.repeat(300_000) };
        console.log(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(line).id, error }));
      });
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    `);
    const said = await upstream.tools().catch(String);
    expect(said).toMatch(/own cannot be used now.*does not start: .*no disk/);
    expect(String(said).length).toBeLessThan(3_000);
  });
});
