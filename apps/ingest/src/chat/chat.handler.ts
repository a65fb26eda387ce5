import { Injectable } from '@nestjs/common';
import { readOutcome, type Outcome } from '@signalbox/executions';
import { AppError, type Actor } from '@signalbox/kernel';
import { EventStore } from '@signalbox/messaging';
import { SignalPublisher } from '../intake/signal-publisher.port.ts';
import type { ChatSignal } from './chat-request.ts';
import { StoryWatch } from './story-watch.ts';

export interface ChatSettings {
  /** How long an answer is waited for. */
  readonly waitMs: number;
}

export interface Asker {
  readonly actor: Actor;
  /** They named the request, so that a repeat must be the same in every byte. */
  readonly sameRequest: boolean;
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

const NOTHING_KNOWN: Outcome = { status: 'running', message: '', steps: [] };

@Injectable()
export class ChatHandler {
  constructor(
    private readonly publisher: SignalPublisher,
    private readonly store: EventStore,
    private readonly watch: StoryWatch,
    private readonly settings: ChatSettings,
  ) {}

  /**
   * Says the message and waits for what becomes of it: its end, or an approval that it needs. It
   * goes on whoever waits; after the time for waiting the outcome is `running`.
   * @throws AppError `unavailable` when it is not known that the message is durable, and as
   * `SignalPublisher` does.
   */
  async handle(signal: ChatSignal, { actor, sameRequest, gone }: Asker): Promise<Outcome> {
    return this.watch.during(async () => {
      await this.publisher.publish([signal], { sameRequest, actor });
      const over = new AbortController();
      const limits = [over.signal, gone, AbortSignal.timeout(this.settings.waitMs)];
      try {
        return await this.outcomeOf(signal.id, AbortSignal.any(limits));
      } finally {
        over.abort();
      }
    });
  }

  private async outcomeOf(signalId: string, enough: AbortSignal): Promise<Outcome> {
    let outcome = NOTHING_KNOWN;
    for (;;) {
      // Before the log is read, so that nothing can come between.
      const news = this.watch.next(signalId, enough);
      outcome = (await this.read(signalId)) ?? outcome;
      const isEnough = enough.aborted || this.watch.isStopping;
      if (outcome.status !== 'running' || isEnough) return outcome;
      await news;
    }
  }

  /** Undefined while the log cannot be read: the message is durable, and time will tell. */
  private async read(signalId: string): Promise<Outcome | undefined> {
    try {
      return await readOutcome(this.store, signalId);
    } catch (error) {
      if (error instanceof AppError && error.kind === 'unavailable') return undefined;
      throw error;
    }
  }
}
