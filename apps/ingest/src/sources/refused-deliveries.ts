import { Injectable, Logger } from '@nestjs/common';
import { deliveryRefused } from '@signalbox/contracts';
import { asAppError, ownStory, type DataOf } from '@signalbox/kernel';
import { EventStore, NO_EVENTS } from '@signalbox/messaging';
import { ControlWatch } from '@signalbox/service';

/** Of one source; a flood of bad requests must not become one of the audit stream. */
const RECORDED_PER_MINUTE_MAX = 10;
const MINUTE_MS = 60_000;

export interface Refusal extends Omit<DataOf<typeof deliveryRefused>, 'unrecorded'> {
  readonly deliveryId: string;
  readonly at: Date;
}

/** What of one source was recorded lately, and what was not since. */
interface Tally {
  minuteBegan: number;
  recorded: number;
  unrecorded: number;
}

/** Refused requests to sources that sign, on the audit stream. */
@Injectable()
export class RefusedDeliveries {
  private readonly tallies = new Map<string, Tally>();

  constructor(
    private readonly store: EventStore,
    private readonly control: ControlWatch,
    private readonly logger: Logger,
  ) {}

  /** Waits for nothing: the answer is the same while NATS is down. What fails counts as unrecorded. */
  record({ deliveryId, at, ...refusal }: Refusal): void {
    const tally = this.tallyOf(refusal.source, at.getTime());
    if (tally.recorded >= RECORDED_PER_MINUTE_MAX) {
      tally.unrecorded++;
      return;
    }
    const { unrecorded } = tally;
    tally.recorded++;
    tally.unrecorded = 0;
    // Not the source, which it is not shown to come from.
    const context = ownStory(deliveryId, 'service:ingest', this.control.epoch);
    this.store
      .append(
        { aggregate: 'delivery', id: deliveryId },
        NO_EVENTS,
        [deliveryRefused.of({ ...refusal, unrecorded })],
        context,
      )
      .catch((error: unknown) => {
        tally.unrecorded += unrecorded + 1;
        this.logger.warn(`a refused delivery was not recorded: ${asAppError(error).message}`);
      });
  }

  private tallyOf(source: string, now: number): Tally {
    const tally = this.tallies.get(source);
    if (!tally) {
      const first = { minuteBegan: now, recorded: 0, unrecorded: 0 };
      this.tallies.set(source, first);
      return first;
    }
    if (now - tally.minuteBegan >= MINUTE_MS) {
      tally.minuteBegan = now;
      tally.recorded = 0;
    }
    return tally;
  }
}
