import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

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
  return running(server, () => server.closeAllConnections());
}

/** Takes connections, reads, and never says a word: the other end of a half-open connection. */
export async function silentServer(): Promise<RunningServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.resume();
  });
  return running(server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

async function running(server: Server, drop: () => void): Promise<RunningServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
