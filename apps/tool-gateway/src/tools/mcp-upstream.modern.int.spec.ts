import { Logger } from '@nestjs/common';
import { eventually } from '@signalbox/testing';
import type { McpUpstream } from './mcp-upstream.ts';
import { MODERN_SERVER } from './modern-server.fixture.spec.ts';
import { toolboxFor } from './peer.fixture.spec.ts';
import {
  harmless,
  startRemoteServer,
  upstreamOf,
  use,
  type RemoteServer,
} from './upstream.fixture.spec.ts';

const tools = { wait: {}, '*': harmless };
const open: McpUpstream[] = [];
let server: RemoteServer;

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await startRemoteServer((port) => [MODERN_SERVER, `${port}`]);
});
afterEach(() => Promise.all(open.splice(0).map((upstream) => upstream.close())));
afterAll(() => server.stop());

const near = () => {
  const stdio = { command: 'node', args: [MODERN_SERVER], unsandboxed: true };
  return opened(upstreamOf('modern', { stdio, tools }));
};
const far = () => {
  const toolbox = toolboxFor({ allow: [server.place] });
  return opened(upstreamOf('modern', { http: { url: server.url }, tools }, { toolbox }));
};

function opened(upstream: McpUpstream): McpUpstream {
  open.push(upstream);
  return upstream;
}

async function endOf(upstream: McpUpstream): Promise<void> {
  const pid = await upstream.pid();
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  else await server.stop();
}

const echo = (upstream: McpUpstream) => use(upstream, 'echo', { message: 'hello' });
const echoed = { status: 'succeeded', result: { content: [{ type: 'text', text: 'hello' }] } };
const namesOf = async (upstream: McpUpstream) =>
  (await upstream.tools()).map(({ definition }) => definition.name);

describe.each([
  ['stdio', near],
  ['streamable HTTP', far],
])('an MCP upstream over %s that speaks 2026-07-28 alone', (_, start) => {
  it('GTW-4: is found out, listed and called, and heals with its server', async () => {
    const upstream = start();
    expect(await namesOf(upstream)).toContain('modern__echo');
    expect(await echo(upstream)).toMatchObject(echoed);
    await endOf(upstream);
    await server.start();
    await eventually(async () => (await echo(upstream)).status === 'succeeded');
  });

  it('GTW-4: a call that is lost with its server says so at once', async () => {
    const upstream = start();
    await upstream.tools();
    const started = use(upstream, 'wait');
    await echo(upstream);
    await endOf(upstream);
    expect(await started).toMatchObject({ status: 'interrupted', code: 'upstream_lost' });
    await server.start();
  });

  it('GTW-4: has other tools as soon as it says so, in its later lives too', async () => {
    const upstream = start();
    await echo(upstream);
    await endOf(upstream);
    await server.start();
    await eventually(async () => (await echo(upstream)).status === 'succeeded');
    expect(await namesOf(upstream)).not.toContain('modern__added');
    await eventually(async () => {
      await use(upstream, 'change');
      return (await namesOf(upstream)).includes('modern__added');
    });
    expect(await use(upstream, 'added')).toMatchObject({ status: 'succeeded' });
  });

  it('GTW-4: a tool that asks back fails in words that a model can act on', async () => {
    expect(await use(start(), 'ask')).toMatchObject({
      status: 'failed',
      code: 'input_required',
      message: expect.stringMatching(/asks back.*nobody is there.*elicitation.*arguments/),
    });
  });
});
