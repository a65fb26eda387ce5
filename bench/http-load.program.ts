// A client in a process of its own: keeps connections busy with one POST each, and tells its parent
// what it saw. Plain sockets, because a client library would cost more than the server it measures.
import { connect, type Socket } from 'node:net';

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly durationMs: number;
}

export interface LoadReport {
  readonly accepted: number;
  /** Answers other than 2xx. */
  readonly refused: number;
  readonly durationMs: number;
  readonly latenciesMs: readonly number[];
}

process.send?.({ ready: 'http-load' });
process.on('message', (load: Load) => {
  void put(load).then((report) => process.send?.(report));
});

async function put(load: Load): Promise<LoadReport> {
  const request = requestBytes(load);
  const sockets = await Promise.all(
    Array.from({ length: load.connections }, () => opened(new URL(load.url))),
  );
  const begin = performance.now() + load.warmUpMs;
  const end = begin + load.durationMs;
  const latenciesMs: number[] = [];
  let refused = 0;
  const keepBusy = async (socket: Socket): Promise<void> => {
    for (let sent = performance.now(); sent < end; sent = performance.now()) {
      const isAccepted = await exchange(socket, request);
      const now = performance.now();
      if (now < begin || now > end) continue;
      if (isAccepted) latenciesMs.push(now - sent);
      else refused++;
    }
    socket.destroy();
  };
  await Promise.all(sockets.map(keepBusy));
  return { accepted: latenciesMs.length, refused, durationMs: load.durationMs, latenciesMs };
}

function opened(url: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
}

function requestBytes({ url, headers, body }: Load): Buffer {
  const { pathname, host } = new URL(url);
  const lines = Object.entries({ host, 'content-type': 'application/json', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const length = `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}${length}${body}`);
}

/** True when the answer is a 2xx. Our servers say how long it is. */
function exchange(socket: Socket, request: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1]);
      if (text.length < headEnd + 4 + length) return;
      settle(() => resolve(text.charAt(9) === '2'));
    };
    const fail = (): void => settle(() => reject(new Error('the server closed a connection')));
    const settle = (done: () => void): void => {
      socket.off('data', take).off('close', fail);
      done();
    };
    socket.on('data', take).on('close', fail);
    socket.write(request);
  });
}
