// A language model that takes no time: one tool call for each step of a run, then a last word.
// It speaks as much of OpenAI's chat completions as an agent hears:
// https://platform.openai.com/docs/api-reference/chat/streaming
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { benchSteps, benchTool } from './config.ts';

const toolCall = { index: 0, id: 'call', type: 'function' };
const use = [{ ...toolCall, function: { name: benchTool, arguments: '{"query":"up"}' } }];

const server = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const isDone = (await usesIn(request)) >= benchSteps;
  const delta = isDone ? { content: 'All is well.' } : { tool_calls: use };
  const chunk = {
    model: 'instant',
    choices: [{ index: 0, delta, finish_reason: isDone ? 'stop' : 'tool_calls' }],
    usage: { prompt_tokens: 100, completion_tokens: 10 },
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`);
}

/** How many tools have answered in the conversation so far. */
async function usesIn(request: IncomingMessage): Promise<number> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString().split('"role":"tool"').length - 1;
}

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ ready: 'instant-model', url: `http://127.0.0.1:${port}/v1` });
});
process.on('disconnect', () => process.exit());
