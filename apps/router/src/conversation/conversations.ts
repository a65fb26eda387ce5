import { Injectable } from '@nestjs/common';
import type { Signal } from '@signalbox/contracts';
import { readOutcome } from '@signalbox/executions';
import { type MessageContext, type RecordedEvent, timelessId } from '@signalbox/kernel';
import {
  type AggregateRef,
  EventStore,
  execute,
  type Known,
  NO_EVENTS,
} from '@signalbox/messaging';
import { RecentMap } from '../recent-map.ts';
import {
  type Conversation,
  conversationDecider,
  type ConversationEvent,
  saidBefore,
} from './conversation.decider.ts';
import { HISTORY_TURNS_MAX, type History, historyOf, turnOf } from './history.ts';

/** Conversations that are kept in mind, so that only what is new of them is read. */
const KNOWN_MAX = 1_000;

/** What people say to us one after another, and what they were answered. */
@Injectable()
export class Conversations {
  private readonly known = new RecentMap<string, Known<Conversation>>(KNOWN_MAX);

  constructor(private readonly store: EventStore) {}

  /**
   * Puts the signal behind what was said before it. Of two that come at once one counts as first.
   * @throws AppError as `execute` does.
   */
  async join(signal: Signal, context: MessageContext): Promise<void> {
    if (signal.conversationId === undefined) return;
    const command = { signalId: signal.id };
    const ref = refOf(signal.conversationId);
    const known = this.known.get(ref.id);
    const work = { command, context, fresh: true, known };
    const { state, head } = await execute(this.store, conversationDecider, ref, work);
    this.known.set(ref.id, { state, head });
  }

  /**
   * What was said and answered before the signal; undefined outside of a conversation, at its
   * beginning, and when so much was said since that nobody remembers.
   * @param sequence of the audit: how it stood before that event. As it stands now when absent.
   * @throws AppError `unavailable` as the store does.
   */
  async before(signal: Signal, sequence?: number): Promise<History | undefined> {
    if (signal.conversationId === undefined) return undefined;
    const conversation = await this.read(refOf(signal.conversationId));
    const { shown, omitted } = saidBefore(conversation, signal.id, HISTORY_TURNS_MAX);
    if (shown.length === 0) return undefined;
    const outcomes = await Promise.all(shown.map((id) => readOutcome(this.store, id, sequence)));
    return historyOf(outcomes.map(turnOf), omitted);
  }

  private async read(ref: AggregateRef): Promise<Conversation> {
    const unread = { state: conversationDecider.initialState(), head: NO_EVENTS };
    const seen = this.known.get(ref.id) ?? unread;
    const { events, head } = await this.store.read(ref, { fresh: true, after: seen.head });
    const said = events as readonly RecordedEvent<ConversationEvent>[];
    const state = said.reduce(conversationDecider.evolve, seen.state);
    this.known.set(ref.id, { state, head });
    return state;
  }
}

/** The one place where free text becomes an aggregate's id, which is a token of a subject. */
function refOf(conversationId: string) {
  return { aggregate: 'conversation', id: timelessId('conversation', conversationId) };
}
