import { Logger } from '@nestjs/common';
import { eventually } from '@signalbox/testing';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayConfigSchema } from '../gateway-config/gateway-config.schema.ts';
import { readGatewayConfig } from '../gateway-config/read-gateway-config.ts';
import type { ToolResult } from '../ports/tool.port.ts';
import { bubblewrapIn, withoutNamespaces } from './bubblewrap.fixture.spec.ts';
import type { McpUpstream } from './mcp-upstream.ts';
import { call, startPeer, toolboxFor } from './peer.fixture.spec.ts';
import { RemediationTool } from './remediation.tool.ts';
import { Sandbox } from './sandbox.ts';
import { stdioServer } from './stdio-server.fixture.spec.ts';
import { EVERYTHING, harmless, upstreamOf, use } from './upstream.fixture.spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-sandbox-'));
const file = (name: string) => join(folder, name);
const open: McpUpstream[] = [];
let bwrap: string;

beforeAll(async () => {
  Logger.overrideLogger(false);
  for (const name of ['given', 'kept']) {
    mkdirSync(file(name));
    writeFileSync(file(`${name}/text`), `text of ${name}`);
  }
  bwrap = await bubblewrapIn(folder);
}, 120_000);
afterEach(() => Promise.all(open.splice(0).map((upstream) => upstream.close())));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a line of JavaScript as a remediation. */
function run(line: string, confinement: object, program = bwrap): Promise<ToolResult> {
  const act = { argv: ['node', '-e', line], timeoutMs: 20_000 };
  const { remediation: config } = gatewayConfigSchema.parse({
    remediation: { ...confinement, commands: { act } },
  });
  if (!config) throw new Error('no remediation');
  const tool = new RemediationTool(config, toolboxFor({ bwrap: program, folder }), 12_000);
  return tool.run({ command: 'act', target: 'x' }, call());
}

const reads = (path: string) => `console.log(require('node:fs').readFileSync('${path}', 'utf8'))`;
const writes = (path: string) => `require('node:fs').appendFileSync('${path}', 'written')`;
const succeeded = (stdout = '') => ({
  status: 'succeeded',
  result: { stdout: expect.stringContaining(stdout) },
});
const failed = (message: string) => ({
  status: 'failed',
  message: expect.stringContaining(message),
});

describe('a program in a sandbox', () => {
  const sandbox = { read: ['./given'], write: ['./out/'] };

  it('GTW-7: reads what it is given, and writes where it may', async () => {
    expect(await run(reads('./given/text'), { sandbox })).toMatchObject(succeeded('text of given'));
    expect(await run(writes('./out/new'), { sandbox })).toMatchObject(succeeded());
    expect(readFileSync(file('out/new'), 'utf8')).toBe('written');
    const one = { write: ['./single'] };
    expect(await run(writes('./single'), { sandbox: one })).toMatchObject(succeeded());
    expect(readFileSync(file('single'), 'utf8')).toBe('written');
  });

  it('GTW-7: neither sees nor changes anything else', async () => {
    expect(await run(reads(file('kept/text')), { sandbox })).toMatchObject(failed('ENOENT'));
    expect(await run(reads('/etc/shadow'), { sandbox })).toMatchObject(failed('ENOENT'));
    expect(await run(writes('./given/text'), { sandbox })).toMatchObject(failed('EROFS'));
    expect(await run(writes('/usr/x'), { sandbox })).toMatchObject(failed('EROFS'));
    await run(writes(file('kept/text')), { sandbox });
    expect(readFileSync(file('kept/text'), 'utf8')).toBe('text of kept');
    expect(await run(`process.kill(${process.pid}, 0)`, { sandbox })).toMatchObject(
      failed('ESRCH'),
    );
  });

  it('GTW-7: writes nothing into memory but where there is a limit', async () => {
    for (const path of ['/x', '/dev/x', '/etc/x']) {
      expect(await run(writes(path), { sandbox })).toMatchObject(failed('EROFS'));
    }
    for (const path of ['/tmp/x', '/dev/shm/x', '/dev/null']) {
      expect(await run(writes(path), { sandbox })).toMatchObject(succeeded());
    }
    const home = `require('node:fs').writeFileSync(require('node:os').homedir() + '/x', 'written')`;
    expect(await run(home, { sandbox })).toMatchObject(succeeded());
  });

  it('GTW-7: has a network only if it is given one', async () => {
    const peer = await startPeer();
    const asks = `fetch('${peer.origin}').then((answer) => console.log(answer.status))`;
    expect(await run(asks, { sandbox })).toMatchObject(failed('fetch failed'));
    const network = { ...sandbox, network: true };
    expect(await run(asks, { sandbox: network })).toMatchObject(succeeded('200'));
    expect(peer.received).toHaveLength(1);
    peer.close();
  });

  it('GTW-7: ends with all that it has started when it is stopped', async () => {
    const line = `require('node:child_process').spawn(process.execPath,
      ['-e', 'setInterval(() => require("node:fs").writeFileSync("./out/alive", String(Date.now())), 20)'],
      { detached: true, stdio: 'ignore' }); setInterval(() => {}, 1000)`;
    const controller = new AbortController();
    const config = { sandbox, commands: { act: { argv: ['node', '-e', line] } } };
    const { remediation } = gatewayConfigSchema.parse({ remediation: config });
    if (!remediation) throw new Error('no remediation');
    const tool = new RemediationTool(remediation, toolboxFor({ bwrap, folder }), 12_000);
    const ended = tool.run(
      { command: 'act', target: 'x' },
      { callId: 'CALL1', signal: controller.signal },
    );
    await eventually(() => existsSync(file('out/alive')));
    controller.abort();
    expect(await ended).toMatchObject({ status: 'interrupted', code: 'cancelled' });
    await eventually(() => Date.now() - Number(readFileSync(file('out/alive'), 'utf8')) > 500);
  });
});

describe('an MCP server in a sandbox', () => {
  function upstream(given: object): McpUpstream {
    const made = upstreamOf('box', given, { toolbox: toolboxFor({ bwrap, folder }) });
    open.push(made);
    return made;
  }

  it('GTW-7: works, and reaches what it is given only', async () => {
    const args = ['./given', folder];
    const stdio = { package: '@modelcontextprotocol/server-filesystem', args };
    const sandboxed = { ...stdio, sandbox: { read: ['./given'] } };
    const files = upstream({ stdio: sandboxed, tools: { read_text_file: harmless } });
    expect(await use(files, 'read_text_file', { path: file('given/text') })).toMatchObject({
      status: 'succeeded',
    });
    expect(await use(files, 'read_text_file', { path: file('kept/text') })).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('GTW-4: writes no more into memory than it may take', async () => {
    const fill = `(folder) => {
      const file = openSync(folder + '/fill', 'w');
      try {
        for (let written = 0; ; written += 1e6) {
          if (written > 130e6) return folder + ' is larger';
          writeSync(file, Buffer.alloc(1e6));
        }
      } catch ({ code }) {
        return code;
      }
    }`;
    const server = stdioServer(`
      import { openSync, writeSync } from 'node:fs';
      import { homedir } from 'node:os';
      const fill = ${fill};
      const text = () => ['/tmp', '/dev/shm', homedir()].map(fill).join();
      globalThis.acts = { fill: () => ({ content: [{ type: 'text', text: text() }] }) };
    `);
    const stdio = { ...server, unsandboxed: false, memoryBytesMax: 128_000_000 };
    expect(await use(upstream({ stdio, tools: { '*': {} } }), 'fill')).toMatchObject({
      result: { content: [{ text: 'ENOSPC,ENOSPC,ENOSPC' }] },
    });
  });

  it('GTW-4: is killed with its sandbox when it takes too much memory', async () => {
    const stdio = { package: EVERYTHING, memoryBytesMax: 20_000_000 };
    const all = upstream({ stdio, tools: { '*': {} } });
    const operation = use(all, 'trigger-long-running-operation', { duration: 60, steps: 1 });
    expect(await operation).toMatchObject({
      code: 'session_lost',
      message: expect.stringMatching(/took \d{8,} bytes of memory/),
    });
  });
});

describe('the sample configuration', () => {
  const sample = new URL('../../../../deploy/gateway.yaml', import.meta.url).pathname;

  it.each([
    ['in a sandbox', () => bwrap],
    ['where there is none', () => '/nowhere/bwrap'],
  ])('GTW-7: works %s', async (where, program) => {
    const home = file(where);
    const config = readGatewayConfig(sample, { SIGNALBOX_HOME: home });
    const { remediation, upstreams, folder: deploy } = config;
    const toolbox = toolboxFor({ bwrap: program(), folder: deploy });
    if (!remediation || !upstreams.runbooks) throw new Error('not the sample');
    const restarted = await new RemediationTool(remediation, toolbox, 12_000).run(
      { command: 'restart_service', target: 'checkout' },
      call(),
    );
    expect(restarted).toMatchObject(succeeded('restart_service checkout: done'));
    expect(readFileSync(join(home, 'effects.jsonl'), 'utf8')).toContain('restart_service');
    const runbooks = upstreamOf('runbooks', upstreams.runbooks, { toolbox });
    open.push(runbooks);
    expect(await use(runbooks, 'read_text_file', { path: 'checkout.md' })).toMatchObject({
      status: 'succeeded',
    });
  });
});

describe('where there is no sandbox', () => {
  const machines = [
    ['no bubblewrap', () => '/nowhere/bwrap', 'is not installed'],
    ['no right to make namespaces', () => withoutNamespaces(folder, bwrap), 'namespace'],
  ] as const;

  it.each(machines)('GTW-7: with %s a program is refused', async (_, program, why) => {
    const refused = await run('console.log(1)', {}, program());
    expect(refused).toMatchObject({ status: 'failed', code: 'no_sandbox' });
    expect(refused).toMatchObject(failed(why));
    expect(refused).toMatchObject(failed('unsandboxed: true'));
  });

  it.each(machines)('GTW-7: with %s one that may do without it runs', async (_, program) => {
    for (const unsandboxed of [true, 'if-needed']) {
      const ran = await run(reads(file('kept/text')), { unsandboxed }, program());
      expect(ran).toMatchObject(succeeded('text of kept'));
    }
  });

  it('GTW-7: what may do without it is kept in it where there is one', async () => {
    const given = { unsandboxed: 'if-needed' };
    expect(await run(reads(file('kept/text')), given)).toMatchObject(failed('ENOENT'));
  });

  it('GTW-7: a machine that is too busy to tell runs nothing without one, and is asked again', async () => {
    const busy = file('busy-bwrap');
    writeFileSync(busy, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const unsandboxed = 'if-needed' as const;
    const confinement = { sandbox: { read: [], write: [], network: false }, unsandboxed };
    const box = new Sandbox(busy, 200);
    const program = { argv: ['node'], confinement, folder };
    await expect(box.confine(program)).rejects.toMatchObject({ code: 'no_sandbox' });
    writeFileSync(busy, '#!/bin/sh\nexit 0\n');
    expect(await new Sandbox(busy).confine(program)).toContain(busy);
    await eventually(async () => (await box.confine(program).catch(() => []))[0] === busy);
  });

  it('GTW-7: an MCP server is refused, and says why', async () => {
    const stdio = { package: EVERYTHING };
    const refused = upstreamOf('box', { stdio, tools: {} }, { folder });
    await expect(refused.tools()).rejects.toThrow(/may not run without a sandbox/);
  });
});
