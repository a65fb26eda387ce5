import { Logger } from '@nestjs/common';
import { listenLocally } from '@signalbox/testing';
import { createServer } from 'node:net';
import type { McpUpstream } from './mcp-upstream.ts';
import { startPeer, toolboxFor } from './peer.fixture.spec.ts';
import {
  harmless,
  type RemoteServer,
  startRemoteServer,
  upstreamOf,
  use,
} from './upstream.fixture.spec.ts';

const tools = { echo: harmless, 'get-*': {}, 'trigger-long-*': {} };

describe('an MCP upstream over streamable HTTP', () => {
  let server: RemoteServer;
  let upstream: McpUpstream;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startRemoteServer();
  });
  beforeEach(() => {
    const toolbox = toolboxFor({ allow: [server.place] });
    upstream = upstreamOf('far', { http: { url: server.url }, tools }, { toolbox });
  });
  afterEach(() => upstream.close());
  afterAll(() => server.stop());

  const echo = () => use(upstream, 'echo', { message: 'hello' });
  const echoed = {
    status: 'succeeded',
    result: { content: [{ type: 'text', text: 'Echo: hello' }] },
  };

  it('GTW-4: lists and calls its tools', async () => {
    expect(await echo()).toMatchObject(echoed);
    expect(await use(upstream, 'get-sum', { a: 2, b: 3 })).toMatchObject({
      result: { content: [{ text: expect.stringContaining('5') }] },
    });
  });

  it('GTW-4: heals after the server has forgotten the session', async () => {
    await upstream.tools();
    await server.stop();
    await server.start();
    expect(await echo()).toMatchObject(echoed);
  });

  it('GTW-4: says at once when a call was lost with the server', async () => {
    const started = use(upstream, 'trigger-long-running-operation', { duration: 60, steps: 60 });
    await echo();
    await server.stop();
    expect(await started).toMatchObject({ status: 'interrupted', code: 'upstream_lost' });
    await expect(echo()).rejects.toMatchObject({ kind: 'unavailable' });
    await server.start();
    expect(await echo()).toMatchObject(echoed);
  });

  it('GTW-4: does not let a call wait for a server that takes connections and says nothing', async () => {
    const silent = await listenLocally(createServer());
    const toolbox = toolboxFor({ allow: [`127.0.0.1:${silent.port}`] });
    const given = { http: { url: silent.origin }, tools, timeoutMs: 300 };
    const hung = upstreamOf('hung', given, { toolbox });
    await expect(hung.find('hung__echo')).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('not started within 300 ms'),
    });
    await hung.close();
    await silent.stop();
  });

  it('GTW-7: reaches nothing that is not listed', async () => {
    const elsewhere = upstreamOf('far', { http: { url: server.url }, tools });
    await expect(elsewhere.tools()).rejects.toThrow(/not listed under http\.allow/);
  });

  it('GTW-8: sends credentials, which are read anew each time, and follows no redirect', async () => {
    const [peer, other] = [await startPeer(), await startPeer()];
    peer.answer = { code: 307, headers: { location: `${other.origin}/mcp` } };
    const env = { TOKEN: 'canary-of-the-upstream' };
    const allow = [peer, other].map(({ origin }) => new URL(origin).host);
    const headers = { Authorization: { secret: 'env:TOKEN', prefix: 'Bearer ' } };
    const given = { http: { url: `${peer.origin}/mcp`, headers }, tools };
    const remote = upstreamOf('far', given, { toolbox: toolboxFor({ allow, env }) });
    await expect(remote.tools()).rejects.toThrow(/does not start/);
    expect(peer.received[0]?.headers.authorization).toBe('Bearer canary-of-the-upstream');
    expect(other.received).toEqual([]);
    peer.close();
    other.close();
  });

  it('GTW-8: says which credential is not there', async () => {
    const headers = { Authorization: { secret: 'env:NONE' } };
    const toolbox = toolboxFor({ allow: [server.place] });
    const remote = upstreamOf('far', { http: { url: server.url, headers }, tools }, { toolbox });
    await expect(remote.tools()).rejects.toThrow(/credential env:NONE is not there/);
  });
});
