import { listenLocally } from '@signalbox/testing';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:net';

/** A server on loopback, and the end of it. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
}

/** A server that writes whatever `reply` writes, under the headers of a stream of events. */
export async function streamServer(
  reply: (response: ServerResponse) => void,
): Promise<RunningServer> {
  const server = createHttpServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'text/event-stream');
    reply(response);
  });
  return running(server);
}

/** Takes connections, reads, and never says a word: the other end of a half-open connection. */
export async function silentServer(): Promise<RunningServer> {
  return running(createServer((socket) => void socket.on('error', () => {}).resume()));
}

async function running(server: Server): Promise<RunningServer> {
  const { origin, stop } = await listenLocally(server);
  return { url: origin, [Symbol.asyncDispose]: stop };
}
