import { Injectable } from '@nestjs/common';
import type { Signal } from '@signalbox/contracts';
import { readOutcome } from '@signalbox/executions';
import { fold, idAt, type MessageContext, type RecordedEvent } from '@signalbox/kernel';
import { EventStore, execute } from '@signalbox/messaging';
import { conversationDecider, type ConversationEvent } from './conversation.decider.ts';
import { HISTORY_TURNS_MAX, type History, historyOf, turnOf } from './history.ts';

/** A conversation has no time of its own. */
const NO_TIME = new Date(0);

/** What people say to us one after another, and what they were answered. */
@Injectable()
export class Conversations {
  constructor(private readonly store: EventStore) {}

  /**
   * Puts the signal behind what was said before it. Of two that come at once one counts as first.
   * @throws AppError as `execute` does.
   */
  async join(signal: Signal, context: MessageContext): Promise<void> {
    if (signal.conversationId === undefined) return;
    const command = { signalId: signal.id };
    const ref = refOf(signal.conversationId);
    await execute(this.store, conversationDecider, ref, { command, context, fresh: true });
  }

  /**
   * What was said and answered before the signal; undefined outside of a conversation and at its
   * beginning.
   * @param sequence of the audit: how it stood before that event. As it stands now when absent.
   * @throws AppError `unavailable` as the store does.
   */
  async before(signal: Signal, sequence?: number): Promise<History | undefined> {
    if (signal.conversationId === undefined) return undefined;
    const { events } = await this.store.read(refOf(signal.conversationId), { fresh: true });
    const said = fold(conversationDecider, events as readonly RecordedEvent<ConversationEvent>[]);
    const earlier = said.slice(0, Math.max(0, said.indexOf(signal.id)));
    if (earlier.length === 0) return undefined;
    const shown = earlier.slice(-HISTORY_TURNS_MAX);
    const outcomes = await Promise.all(shown.map((id) => readOutcome(this.store, id, sequence)));
    return historyOf(outcomes.map(turnOf), earlier.length - shown.length);
  }
}

/** The one place where free text becomes an aggregate's id, which is a token of a subject. */
function refOf(conversationId: string) {
  return { aggregate: 'conversation', id: idAt(NO_TIME, 'conversation', conversationId) };
}
