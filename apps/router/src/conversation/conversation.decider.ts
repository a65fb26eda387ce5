import { conversationContinued } from '@signalbox/contracts';
import type { Decider, EventOf } from '@signalbox/kernel';

/**
 * Signals that are remembered one by one. One that is decided after so many others of its
 * conversation counts as said at its end.
 */
export const REMEMBERED_MAX = 256;

export interface Conversation {
  /** Signals so far. */
  readonly count: number;
  /** The last of them, in the order in which they count as said. */
  readonly lately: readonly string[];
}
export type ConversationEvent = EventOf<typeof conversationContinued>;

/** Each signal stands in its conversation once, however often it is delivered. */
export const conversationDecider: Decider<
  Conversation,
  { readonly signalId: string },
  ConversationEvent
> = {
  initialState: () => ({ count: 0, lately: [] }),
  decide: ({ signalId }, { lately }) =>
    lately.includes(signalId) ? [] : [conversationContinued.of({ signalId }) as ConversationEvent],
  evolve: ({ count, lately }, { data }) => ({
    count: count + 1,
    lately: [...lately.slice(1 - REMEMBERED_MAX), data.signalId],
  }),
};

/** What was said before a signal: the last of it, at most `max`, and how much more there was. */
export function saidBefore({ count, lately }: Conversation, signalId: string, max: number) {
  const earlier = lately.slice(0, Math.max(0, lately.indexOf(signalId)));
  const shown = earlier.slice(-max);
  return { shown, omitted: count - lately.length + earlier.length - shown.length };
}
