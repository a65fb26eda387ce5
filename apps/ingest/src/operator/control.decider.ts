import { controlHalted, controlResumed, type ControlEvent } from '@signalbox/contracts';
import type { Decider } from '@signalbox/kernel';

export interface ControlState {
  readonly halted: boolean;
}

export interface SwitchControl {
  readonly to: 'halted' | 'running';
  readonly reason: string;
}

/** The kill switch. Switching it to where it stands is no event. */
export const controlDecider: Decider<ControlState, SwitchControl, ControlEvent> = {
  initialState: () => ({ halted: false }),

  decide({ to, reason }, { halted }) {
    if ((to === 'halted') === halted) return [];
    return [to === 'halted' ? controlHalted.of({ reason }) : controlResumed.of({ reason })];
  },

  evolve: (_state, event) => ({ halted: event.type === controlHalted.type }),
};
