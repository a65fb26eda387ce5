import { conversationContinued } from '@signalbox/contracts';
import type { Decider, EventOf } from '@signalbox/kernel';

/** The signals of a conversation, in the order in which they count as said. */
export type Conversation = readonly string[];
export type ConversationEvent = EventOf<typeof conversationContinued>;

/** Each signal stands in its conversation once, however often it is delivered. */
export const conversationDecider: Decider<
  Conversation,
  { readonly signalId: string },
  ConversationEvent
> = {
  initialState: () => [],
  decide: ({ signalId }, said) =>
    said.includes(signalId) ? [] : [conversationContinued.of({ signalId }) as ConversationEvent],
  evolve: (said, { data }) => [...said, data.signalId],
};
