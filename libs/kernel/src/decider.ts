/**
 * The whole of a piece of the domain: three pure functions. `decide` never looks at a clock,
 * a random number or the outside; what it needs comes in the command.
 * After Jérémie Chassaing, "Functional Event Sourcing Decider".
 */
export interface Decider<State, Command, Event> {
  initialState(): State;
  /** No events means: nothing to do, for instance because this was done before. */
  decide(command: Command, state: State): readonly Event[];
  evolve(state: State, event: Event): State;
}

export function fold<State, Event>(
  decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
  events: readonly Event[],
): State {
  return events.reduce((state, event) => decider.evolve(state, event), decider.initialState());
}
