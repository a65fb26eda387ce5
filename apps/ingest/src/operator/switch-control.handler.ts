import { Injectable } from '@nestjs/common';
import { GLOBAL_SCOPE } from '@signalbox/contracts';
import { Clock, newId, ownStory, type Actor } from '@signalbox/kernel';
import { EventStore, execute } from '@signalbox/messaging';
import { ControlWatch } from '@signalbox/service';
import { orUnavailable } from './or-unavailable.ts';
import { controlDecider, type ControlState, type SwitchControl } from './control.decider.ts';

/** Turns the kill switch by appending to the log itself: a halt waits for no other service. */
@Injectable()
export class SwitchControlHandler {
  constructor(
    private readonly store: EventStore,
    private readonly control: ControlWatch,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError `unavailable` when it cannot be known that the switch was turned. */
  async handle(command: SwitchControl, actor: Actor): Promise<ControlState> {
    const context = ownStory(newId(this.clock.now()), actor, this.control.epoch);
    const ref = { aggregate: 'control', id: GLOBAL_SCOPE };
    // A stale read could take a switch for turned that is not.
    const switching = execute(this.store, controlDecider, ref, { command, context, fresh: true });
    const done = await orUnavailable(switching, notKnown(command));
    return done.state;
  }
}

function notKnown({ to }: SwitchControl): { readonly code: string; readonly message: string } {
  return to === 'halted'
    ? {
        code: 'halt_not_recorded',
        message: 'The halt could not be recorded: work may go on. Try again, or stop the services.',
      }
    : {
        code: 'resume_not_recorded',
        message: 'It could not be recorded that work may begin again. Try again.',
      };
}
