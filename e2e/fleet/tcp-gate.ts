import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a server on which what a client sends can be held back. */
export class TcpGate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #waiting: (() => void)[] = [];
  #marker: string | undefined;
  #onHeld: (() => void) | undefined;
  #isHeld = false;

  private constructor(port: number) {
    this.#server = createServer((client) => this.#join(client, connect(port, '127.0.0.1')));
  }

  /** @param port of the server, on loopback. */
  static async start(port: number): Promise<TcpGate> {
    const gate = new TcpGate(port);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
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

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
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
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
