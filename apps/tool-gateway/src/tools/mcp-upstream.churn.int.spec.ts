import { Logger } from '@nestjs/common';
import { eventually } from '@signalbox/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { McpUpstream } from './mcp-upstream.ts';
import { toolboxFor } from './peer.fixture.spec.ts';
import { processTree } from './process-memory.ts';
import {
  EVERYTHING,
  harmless,
  startRemoteServer,
  upstreamOf,
  use,
  type RemoteServer,
} from './upstream.fixture.spec.ts';

const KILLS = 6;
const folder = mkdtempSync(join(tmpdir(), 'signalbox-churn-'));

describe('several MCP servers of which each is killed again and again', () => {
  let server: RemoteServer;
  let before: number;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    writeFileSync(join(folder, 'a.md'), 'text');
    server = await startRemoteServer();
    before = processTree(process.pid).length;
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  it('GTW-4: no call of another fails, and no process is left', async () => {
    const options = { toolbox: toolboxFor({ allow: [server.place], folder }) };
    const tools = { '*': harmless };
    const local = { package: EVERYTHING, unsandboxed: true };
    const files = { ...local, package: '@modelcontextprotocol/server-filesystem', args: ['.'] };
    const near = upstreamOf('near', { stdio: local, tools }, options);
    const disk = upstreamOf('disk', { stdio: files, tools }, options);
    const far = upstreamOf('far', { http: { url: server.url }, tools }, options);
    const calls = new Map<McpUpstream, () => ReturnType<typeof use>>([
      [near, () => use(near, 'echo', { message: 'x' })],
      [disk, () => use(disk, 'read_text_file', { path: 'a.md' })],
      [far, () => use(far, 'echo', { message: 'x' })],
    ]);
    for (let i = 0; i < KILLS; i++) {
      const victim = [near, disk][i % 2];
      const others = [...calls].filter(([upstream]) => upstream !== victim);
      const pid = await victim?.pid();
      if (pid) process.kill(pid, 'SIGKILL');
      const answers = await Promise.all(others.flatMap(([, call]) => [call(), call(), call()]));
      expect(answers.filter(({ status }) => status !== 'succeeded')).toEqual([]);
    }
    for (const call of calls.values()) expect(await call()).toMatchObject({ status: 'succeeded' });
    await Promise.all([...calls.keys()].map((upstream) => upstream.close()));
    await eventually(() => processTree(process.pid).length <= before);
  });
});
