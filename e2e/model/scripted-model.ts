import { once } from 'node:events';
import { sendReply, startChatServer, type ChatServer } from './chat-server.ts';
import type { Asked, Reply } from './conversation.ts';

/** A request that waits for its answer. */
export interface Held {
  /** Once it has come. */
  readonly whenAsked: Promise<void>;
  /** Once it was answered, or whoever asked went away. */
  readonly whenOver: Promise<void>;
  release(): void;
}

interface Hold {
  fits(asked: Asked): boolean;
  readonly asked: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
  readonly over: PromiseWithResolvers<void>;
}

/** A model that follows a script at once, except where it is told to wait. */
export class ScriptedModel {
  /** Everything it was asked, in order. */
  readonly asked: Asked[] = [];
  readonly #holds: Hold[] = [];
  #server: ChatServer | undefined;

  /** @param script the answer to a request, from the conversation alone. */
  static async start(script: (asked: Asked) => Reply): Promise<ScriptedModel> {
    const model = new ScriptedModel();
    model.#server = await startChatServer(async (asked, response) => {
      model.asked.push(asked);
      const at = model.#holds.findIndex((hold) => hold.fits(asked));
      const [hold] = at === -1 ? [] : model.#holds.splice(at, 1);
      if (hold) {
        void once(response, 'close').then(() => hold.over.resolve());
        hold.asked.resolve();
        await hold.released.promise;
      }
      await sendReply(response, script(asked));
    });
    return model;
  }

  get baseUrl(): string {
    return this.#server?.baseUrl ?? '';
  }

  /** The next request that fits is answered only when it is released. */
  holdNext(fits: (asked: Asked) => boolean): Held {
    const hold = {
      fits,
      asked: Promise.withResolvers<void>(),
      released: Promise.withResolvers<void>(),
      over: Promise.withResolvers<void>(),
    };
    this.#holds.push(hold);
    return {
      whenAsked: hold.asked.promise,
      whenOver: hold.over.promise,
      release: () => hold.released.resolve(),
    };
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}
