import { listenLocally, type LocalServer } from '@signalbox/testing';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { watch } from '../canaries/watch.ts';

/** The outside: counts effects by call id, in a server of its own and in the file of a program. */
export class EffectCounter {
  readonly file: string;
  readonly url: string;
  readonly stop: () => Promise<void>;
  readonly #pauseMs: () => number;
  readonly #counts = new Map<string, number>();
  #next = Promise.withResolvers<void>();

  private constructor(file: string, pauseMs: () => number, { origin, stop }: LocalServer) {
    this.file = file;
    this.url = origin;
    this.stop = stop;
    this.#pauseMs = pauseMs;
  }

  /**
   * @param file to which the remediation program appends.
   * @param pauseMs between an effect and its answer.
   */
  static async start(file: string, pauseMs = () => 0): Promise<EffectCounter> {
    const server = createServer();
    const counter = new EffectCounter(file, pauseMs, await listenLocally(server));
    server.on('request', (request, response) => void counter.#count(request, response));
    return counter;
  }

  /** How often each call took effect. */
  async effects(): Promise<ReadonlyMap<string, number>> {
    const effects = new Map(this.#counts);
    const text = await readFile(this.file, 'utf8').catch(() => '');
    for (const callId of text.split('\n').filter((line) => line !== '')) {
      effects.set(callId, (effects.get(callId) ?? 0) + 1);
    }
    return effects;
  }

  /** Once something has taken effect, and whoever did it does not know yet. */
  whenNext(): Promise<void> {
    return this.#next.promise;
  }

  async #count(request: IncomingMessage, response: ServerResponse): Promise<void> {
    watch.received(
      [],
      'an API without a credential',
      JSON.stringify([request.url, request.headers]),
    );
    const callId = String(request.headers['idempotency-key'] ?? 'no call id');
    this.#counts.set(callId, (this.#counts.get(callId) ?? 0) + 1);
    this.#next.resolve();
    this.#next = Promise.withResolvers();
    await delay(this.#pauseMs());
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"counted":true}');
  }
}
