// A source that floods, in a process of its own: posts at an even pace over many connections,
// whatever becomes of the earlier posts. Plain sockets, so that the sender is not what is slow.
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Flood {
  readonly url: string;
  readonly apiKey: string;
  readonly source: string;
  readonly alerts: number;
  readonly durationMs: number;
  readonly connections: number;
}

export interface FloodReport {
  /** How many answers had each status code. */
  readonly answers: Readonly<Record<string, number>>;
  readonly acceptedIds: readonly string[];
  readonly durationMs: number;
}

interface Answer {
  readonly status: string;
  readonly body: string;
}

process.on('message', (flood: Flood) => {
  void send(flood).then((report) => process.send?.(report));
});
process.send?.('ready');

async function send(flood: Flood): Promise<FloodReport> {
  const { connections, alerts, durationMs } = flood;
  const sockets = await Promise.all(
    Array.from({ length: connections }, () => opened(new URL(flood.url))),
  );
  const answers: Record<string, number> = {};
  const acceptedIds: string[] = [];
  const begun = performance.now();
  let next = 0;
  const keepSending = async (socket: Socket): Promise<void> => {
    while (next < alerts) {
      const number = next++;
      const early = begun + (number * durationMs) / alerts - performance.now();
      if (early > 0) await delay(early);
      const { status, body } = await exchange(socket, requestBytes(flood, number));
      answers[status] = (answers[status] ?? 0) + 1;
      if (status === '202') acceptedIds.push((JSON.parse(body) as { signal_id: string }).signal_id);
    }
    socket.destroy();
  };
  await Promise.all(sockets.map(keepSending));
  return { answers, acceptedIds, durationMs: performance.now() - begun };
}

function opened(url: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
}

function requestBytes({ url, apiKey, source }: Flood, number: number): string {
  const { host } = new URL(url);
  const body = JSON.stringify({
    source,
    event_type: 'Command',
    title: `A command was asked for, case ${number}`,
    // What a default rule rejects, so that rules decide and no model is asked.
    payload: { command: 'rm -rf /', case: number },
  });
  return (
    `POST /api/webhook HTTP/1.1\r\nhost: ${host}\r\nx-stourio-key: ${apiKey}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

/** The server's answers say how long they are. */
function exchange(socket: Socket, request: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1]);
      const body = text.slice(headEnd + 4);
      if (body.length < length) return;
      settle(() => resolve({ status: text.slice(9, 12), body }));
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
