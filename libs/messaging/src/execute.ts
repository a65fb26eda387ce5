import { AppError, type Decider, type DomainEvent, type RecordedEvent } from '@signalbox/kernel';
import {
  NO_EVENTS,
  type AggregateRef,
  type ContextOfEvents,
  type EventStore,
  type Head,
  type History,
} from './event-store.port.ts';

/** How often a command is decided anew because somebody else appended first. */
const CONFLICTS_MAX = 5;

/** An aggregate as somebody saw it; others may have gone on since. */
export interface Known<State> {
  readonly state: State;
  readonly head: Head;
}

/** The aggregate as it stands after a command. */
export interface Executed<State, Event extends DomainEvent> extends Known<State> {
  /** What this command added; empty when it had been carried out before. */
  readonly added: readonly RecordedEvent<Event>[];
}

export interface Work<State, Command> {
  readonly command: Command;
  readonly context: ContextOfEvents;
  /** For a command that refuses or ignores what it does not find: see every acknowledged event. */
  readonly fresh?: boolean;
  /** Saves the reading where nobody went on since; that there is nothing to do is never believed. */
  readonly known?: Known<State> | undefined;
}

/**
 * Load, decide, append; again, with what was added, when somebody else was faster.
 * @throws AppError as `decide` and `EventStore` throw; `conflict` after `CONFLICTS_MAX` tries.
 */
export async function execute<State, Command, Event extends DomainEvent>(
  store: EventStore,
  decider: Decider<State, Command, Event>,
  ref: AggregateRef,
  { command, context, fresh = false, known }: Work<State, Command>,
): Promise<Executed<State, Event>> {
  const grown = ({ state }: Known<State>, { events, head }: History): Known<State> => {
    const recorded = events as readonly RecordedEvent<Event>[];
    return { state: recorded.reduce((s, e) => decider.evolve(s, e), state), head };
  };
  const caughtUp = async (seen: Known<State>, isFresh: boolean): Promise<Known<State>> =>
    grown(seen, await store.read(ref, { fresh: isFresh, after: seen.head }));

  const unread = { state: decider.initialState(), head: NO_EVENTS };
  let seen = known ?? (await caughtUp(unread, fresh));
  let conflicts = 0;
  for (let isSure = known === undefined; ; isSure = true) {
    const decided = decider.decide(command, seen.state);
    if (decided.length === 0 && isSure) return { ...seen, added: [] };
    try {
      // No events are no append: then it is only time to look what is new.
      if (decided.length > 0) {
        const appended = await store.append(ref, seen.head, decided, context);
        const added = appended.events as readonly RecordedEvent<Event>[];
        return { ...grown(seen, appended), added };
      }
    } catch (error) {
      const lost = error instanceof AppError && error.kind === 'conflict';
      if (!lost || ++conflicts >= CONFLICTS_MAX) throw error;
    }
    seen = await caughtUp(seen, true);
  }
}
