import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { seePrompt } from '../canaries/prompts.ts';

/** Before a model that shows nobody what key it was asked with: passes everything on as it is. */
export class WatchedModel {
  readonly #server: Server;

  private constructor(target: URL) {
    this.#server = createServer(async (asked, answer) => {
      const { method, url, headers } = asked;
      const body = await text(asked);
      seePrompt(asked, body);
      const { hostname, port } = target;
      request({ hostname, port, method, path: url, headers }, (answered) => {
        answer.writeHead(answered.statusCode ?? 502, answered.headers);
        answered.pipe(answer);
      })
        .on('error', () => answer.destroy())
        .end(body);
    });
  }

  /** @param url of the model, without a path. */
  static async start(url: string): Promise<WatchedModel> {
    const model = new WatchedModel(new URL(url));
    await new Promise<void>((resolve) => model.#server.listen(0, '127.0.0.1', resolve));
    return model;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
