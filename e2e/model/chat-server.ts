import { listenLocally } from '@signalbox/testing';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { seePrompt } from '../canaries/prompts.ts';
import { chunksOf } from './chunks.ts';
import type { Asked, Reply } from './conversation.ts';

/** Answers a request, or leaves it open. */
export type OnAsked = (asked: Asked, response: ServerResponse) => Promise<void> | void;

/** A model behind OpenAI's wire: https://platform.openai.com/docs/api-reference/chat */
export interface ChatServer {
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** A model of our own. */
export async function startChatServer(onAsked: OnAsked): Promise<ChatServer> {
  const server = createServer((request, response) => {
    text(request)
      .then((body) => {
        seePrompt(request, body);
        return onAsked(JSON.parse(body) as Asked, response);
      })
      .catch(() => response.destroy());
  });
  const { origin, stop } = await listenLocally(server);
  return { baseUrl: `${origin}/v1`, stop };
}

/** The whole reply, with a pause after each part of it. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  pauseMs = 0,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunksOf(reply)) {
    response.write(`data: ${chunk}\n\n`);
    if (pauseMs > 0) await delay(pauseMs);
  }
  response.end('data: [DONE]\n\n');
}

/** The beginning of a reply, then the connection breaks. */
export function breakOff(response: ServerResponse, reply: Reply): void {
  const [first, second] = chunksOf(reply);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`data: ${first}\n\ndata: ${second}\n\n`, () => response.destroy());
}

export function sendError(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message: `this is a ${status}` } }));
}
