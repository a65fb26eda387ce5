import type { ServerResponse } from 'node:http';
import {
  breakOff,
  sendError,
  sendReply,
  startChatServer,
  type ChatServer,
} from '../../model/chat-server.ts';
import type { Asked } from '../../model/conversation.ts';
import { modelFaultAt, type ModelFault } from '../faults/model-fault.ts';
import { placeOf, replyTo, type Place } from './script.ts';

const DRIBBLE_MS = 700;

export interface ModelEndpointOptions {
  /** Of the faults that a run meets. */
  seedOf(run: number): number;
  /** Where the effects of the tool `call_api` are counted. */
  readonly counterUrl: string;
}

/** A model that follows a script, and has the faults of a seed. */
export class ModelEndpoint {
  readonly #options: ModelEndpointOptions;
  readonly #attempts = new Map<string, number>();
  readonly #faults = new Map<ModelFault, number>();
  #server: ChatServer | undefined;
  #calm = false;

  private constructor(options: ModelEndpointOptions) {
    this.#options = options;
  }

  static async start(options: ModelEndpointOptions): Promise<ModelEndpoint> {
    const endpoint = new ModelEndpoint(options);
    endpoint.#server = await startChatServer((asked, response) =>
      endpoint.#answer(asked, response),
    );
    return endpoint;
  }

  get baseUrl(): string {
    return this.#server?.baseUrl ?? '';
  }

  /** How often each fault was met. */
  get faults(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#faults);
  }

  /** No faults from now on. */
  calm(): void {
    this.#calm = true;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  #answer(asked: Asked, response: ServerResponse): Promise<void> | void {
    const place = placeOf(asked);
    const reply = replyTo(place, this.#options.counterUrl);
    switch (this.#faultAt(place.run, stepOf(place))) {
      case 'silent':
        return;
      case 'limited':
        return sendError(response, 429, { 'retry-after': '1' });
      case 'broken':
        return sendError(response, 500);
      case 'cut':
        return breakOff(response, reply);
      case 'slow':
        return sendReply(response, reply, DRIBBLE_MS);
      default:
        return sendReply(response, reply);
    }
  }

  #faultAt(run: number, step: number): ModelFault | undefined {
    const key = `${run}/${step}`;
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    const seed = this.#options.seedOf(run);
    const fault = this.#calm ? undefined : modelFaultAt(seed, run, step, attempt);
    if (fault) this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
    return fault;
  }
}

/** A number for each step of each of those who ask. */
function stepOf({ asks, results }: Place): number {
  return { router: 0, agent: 100, helper: 200 }[asks] + results;
}
