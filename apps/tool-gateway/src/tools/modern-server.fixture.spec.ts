// A server of the newer revision alone, made with the official package. As a program it serves on stdio,
// or over streamable HTTP on the port that it is given.
import { createMcpHandler, inputRequired, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { z } from 'zod';

export const MODERN_SERVER = import.meta.filename;

const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });
const nothing = z.object({});

let more = false;
let told = () => undefined as void;

function modernServer(): McpServer {
  const server = new McpServer(
    { name: 'modern', version: '1' },
    { capabilities: { tools: { listChanged: true } } },
  );
  const message = z.object({ message: z.string() });
  server.registerTool('echo', { inputSchema: message }, ({ message: said }) => text(said));
  server.registerTool('ask', { inputSchema: nothing }, () => {
    const properties = { name: { type: 'string' as const } };
    const requestedSchema = { type: 'object' as const, properties };
    const which = inputRequired.elicit({ message: 'Which one?', requestedSchema });
    return inputRequired({ inputRequests: { which } });
  });
  server.registerTool('wait', { inputSchema: nothing }, () => new Promise<never>(() => undefined));
  const added = () => server.registerTool('added', { inputSchema: nothing }, () => text('added'));
  if (more) added();
  server.registerTool('change', { inputSchema: nothing }, () => {
    more = true;
    added();
    told();
    return text('changed');
  });
  return server;
}

function serveHttp(port: number): void {
  const handler = createMcpHandler(modernServer, { legacy: 'reject' });
  told = () => handler.notify.toolsChanged();
  const server = createServer(async (asked, answer) => {
    const headers = new Headers(asked.headers as Record<string, string>);
    const body = Buffer.concat(await Array.fromAsync(asked));
    const gone = new AbortController();
    once(answer, 'close').then(() => gone.abort());
    const given = { headers, signal: gone.signal, ...(body.length > 0 && { body }) };
    const request = new Request(`http://127.0.0.1:${port}${asked.url}`, {
      method: asked.method ?? 'GET',
      ...given,
    });
    const response = await handler.fetch(request);
    answer.writeHead(response.status, Object.fromEntries(response.headers));
    answer.flushHeaders();
    if (response.body) Readable.fromWeb(response.body as never).pipe(answer);
    else answer.end();
  });
  server.listen(port, '127.0.0.1');
}

if (import.meta.main) {
  const [port] = process.argv.slice(2);
  if (port === undefined) serveStdio(modernServer, { legacy: 'reject' });
  else serveHttp(Number(port));
}
