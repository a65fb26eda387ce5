import type { CommandBus, Timers } from '@signalbox/messaging';
import type { FollowUp } from './follow-up.ts';

/** Sends what follows from a journal, at once or at its time. */
export class Outbox {
  constructor(
    private readonly bus: CommandBus,
    private readonly timers: Timers,
  ) {}

  send({ command, id, context, at }: FollowUp): Promise<void> {
    return at
      ? this.timers.schedule(command, { id, context, at })
      : this.bus.send(command, { id, context });
  }
}
