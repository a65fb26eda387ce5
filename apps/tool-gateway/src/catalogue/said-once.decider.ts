import { canonicalJson, type Decider, type DomainEvent } from '@signalbox/kernel';

/**
 * Says an event unless just that was said last; nothing is said twice. `unsaid` is what holds as
 * long as nothing was said.
 */
export function saidOnce<E extends DomainEvent>(
  unsaid?: E['data'],
): Decider<E['data'] | undefined, E, E> {
  return {
    initialState: () => unsaid,
    decide: (event, last) =>
      last !== undefined && canonicalJson(last) === canonicalJson(event.data) ? [] : [event],
    evolve: (_, event) => event.data,
  };
}
