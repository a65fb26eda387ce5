import {
  AppError,
  fold,
  type Decider,
  type DomainEvent,
  type MessageContext,
  type RecordedEvent,
} from '@signalbox/kernel';
import type { AggregateRef, EventStore, Head } from './event-store.port.ts';

/** How often a command is decided anew because somebody else appended first. */
const CONFLICTS_MAX = 5;

export interface Executed<State, Event extends DomainEvent> {
  /** The aggregate as it stands after the command. */
  readonly state: State;
  readonly head: Head;
  /** What this command added; empty when it had been carried out before. */
  readonly added: readonly RecordedEvent<Event>[];
}

/**
 * Load, decide, append; again from the start when somebody else was faster.
 * @throws AppError as `decide` and `EventStore` throw; `conflict` after `CONFLICTS_MAX` tries.
 */
export async function execute<State, Command, Event extends DomainEvent>(
  store: EventStore,
  decider: Decider<State, Command, Event>,
  ref: AggregateRef,
  work: {
    readonly command: Command;
    readonly context: MessageContext;
    /** For a command that refuses or ignores what it does not find: see every acknowledged event. */
    readonly fresh?: boolean;
  },
): Promise<Executed<State, Event>> {
  for (let attempt = 0; ; attempt++) {
    const { events, head } = await store.read(ref, { fresh: attempt > 0 || work.fresh === true });
    const state = fold(decider, events as readonly RecordedEvent<Event>[]);
    const decided = decider.decide(work.command, state);
    if (decided.length === 0) return { state, head, added: [] };
    try {
      const appended = await store.append(ref, head, decided, work.context);
      const added = appended.events as readonly RecordedEvent<Event>[];
      return {
        state: added.reduce((s, e) => decider.evolve(s, e), state),
        head: appended.head,
        added,
      };
    } catch (error) {
      const lost = error instanceof AppError && error.kind === 'conflict';
      if (!lost || attempt + 1 >= CONFLICTS_MAX) throw error;
    }
  }
}
