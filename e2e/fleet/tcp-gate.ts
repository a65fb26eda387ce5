import { listenLocally, type LocalServer } from '@signalbox/testing';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server on which what a client sends can be held back. */
export class TcpGate {
  readonly port: number;
  readonly stop: () => Promise<void>;
  readonly #waiting: (() => void)[] = [];
  #marker: string | undefined;
  #onHeld: (() => void) | undefined;
  #isHeld = false;

  private constructor({ port, stop }: LocalServer) {
    this.port = port;
    this.stop = stop;
  }

  /** @param port of the server, on loopback. */
  static async start(port: number): Promise<TcpGate> {
    const server = createServer();
    const gate = new TcpGate(await listenLocally(server));
    server.on('connection', (client) => gate.#join(client, connect(port, '127.0.0.1')));
    return gate;
  }

  /**
   * What a client sends is held back from the packet on in which `marker` stands.
   * @returns once it is held.
   */
  holdAt(marker: string): Promise<void> {
    this.#marker = marker;
    return new Promise((resolve) => (this.#onHeld = resolve));
  }

  release(): void {
    this.#marker = undefined;
    this.#isHeld = false;
    for (const send of this.#waiting.splice(0)) send();
  }

  #join(client: Socket, server: Socket): void {
    client.on('data', (chunk) => {
      if (this.#marker !== undefined && chunk.includes(this.#marker) && !this.#isHeld) {
        this.#isHeld = true;
        this.#onHeld?.();
      }
      if (this.#isHeld) this.#waiting.push(() => server.write(chunk));
      else server.write(chunk);
    });
    server.on('data', (chunk) => client.write(chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }
}
