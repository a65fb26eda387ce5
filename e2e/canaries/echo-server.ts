import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A vendor that fails, and repeats all that it was sent while it says so. */
export class EchoServer {
  /** What it was sent, as text. */
  readonly received: string[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = (await Array.fromAsync(request)).join('');
      const { method, url, headers } = request;
      const said = JSON.stringify({ error: { method, url, headers, body } });
      this.received.push(said);
      // Some failures are answers that a tool takes for good.
      const code = body.includes('be well') ? 200 : 500;
      response.writeHead(code, { 'content-type': 'application/json' }).end(said);
    });
  }

  static async start(): Promise<EchoServer> {
    const echo = new EchoServer();
    await new Promise<void>((resolve) => echo.#server.listen(0, '127.0.0.1', resolve));
    return echo;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
