import { listenLocally } from '@signalbox/testing';
import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { seePrompt } from '../canaries/prompts.ts';
import type { ChatServer } from './chat-server.ts';

/**
 * Before a model that shows nobody what key it was asked with: passes everything on as it is.
 * @param url of the model, without a path.
 */
export async function startWatchedModel(url: string): Promise<ChatServer> {
  const { hostname, port } = new URL(url);
  const server = createServer(async (asked, answer) => {
    const { method, url: path, headers } = asked;
    const body = await text(asked);
    seePrompt(asked, body);
    request({ hostname, port, method, path, headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    })
      .on('error', () => answer.destroy())
      .end(body);
  });
  const { origin, stop } = await listenLocally(server);
  return { baseUrl: `${origin}/v1`, stop };
}
