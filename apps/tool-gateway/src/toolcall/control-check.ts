import { GLOBAL_SCOPE, type ControlEvent } from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';
import { NO_EVENTS, type EventStore } from '@signalbox/messaging';
import { refused, type Refusal } from './refusal.ts';

/** The kill switch; places in the audit stream, 0 for never. */
export interface Control {
  readonly halted: boolean;
  readonly haltedAt: number;
  readonly epoch: number;
}

/** The kill switch by the word of the stream's leader, who is only asked for what is new. */
export class ControlReader {
  private seen = { head: NO_EVENTS, control: { halted: false, haltedAt: 0, epoch: 0 } };

  constructor(private readonly store: EventStore) {}

  async read(): Promise<Control> {
    const { head: after, control } = this.seen;
    const ref = { aggregate: 'control', id: GLOBAL_SCOPE };
    const { events, head } = await this.store.read(ref, { fresh: true, after });
    const now = (events as readonly RecordedEvent<ControlEvent>[]).reduce(turned, control);
    // Of two answers that cross, the older one may stay: then a little is read again.
    this.seen = { head, control: now };
    return now;
  }
}

function turned({ haltedAt }: Control, { type, record }: RecordedEvent<ControlEvent>): Control {
  const halted = type === 'control.halted';
  return { halted, haltedAt: halted ? record.sequence : haltedAt, epoch: record.sequence };
}

export function haltRefusal(
  { halted, haltedAt }: Control,
  issuedUnder: number,
): Refusal | undefined {
  if (halted) return refused('halted', 'The kill switch is on.');
  if (issuedUnder >= haltedAt) return undefined;
  return refused(
    'stale_epoch',
    `This was issued under epoch ${issuedUnder}, which the halt ${haltedAt} ended.`,
  );
}
