import { AppError, ownStory, timelessId, type Actor, type DomainEvent } from '@signalbox/kernel';
import { NO_EVENTS, type AggregateRef, type EventStore } from './event-store.port.ts';

/**
 * Begins an aggregate with what comes with the product. One that exists is left as it stands:
 * whoever changed or deleted it meant that.
 */
export async function seed(
  store: EventStore,
  ref: AggregateRef,
  event: DomainEvent,
  actor: Actor,
): Promise<void> {
  const id = timelessId('seed', ref.aggregate, ref.id);
  try {
    await store.append(ref, NO_EVENTS, [event], ownStory(id, actor));
  } catch (error) {
    if (!(error instanceof AppError && error.kind === 'conflict')) throw error;
  }
}
