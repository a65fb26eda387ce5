import { Injectable } from '@nestjs/common';
import type { Signal } from '@signalbox/contracts';
import { digestOf, timelessId } from '@signalbox/kernel';
import { Backlog } from '../watchdog/backlog.ts';
import { canonicalSignal } from './canonical-signal.ts';
import type { Delivery } from './delivery.ts';
import { formatOf } from './formats.ts';
import { limitPayloads, limitSignal } from './payload.ts';
import type { SignalDraft } from './signal-format.ts';
import { SignalPublisher } from './signal-publisher.port.ts';

@Injectable()
export class AcceptDeliveryHandler {
  constructor(
    private readonly publisher: SignalPublisher,
    private readonly backlog: Backlog,
  ) {}

  /**
   * The signals in the delivery, all of them durable. `authorise` throws when the sender may not
   * speak for the source of one of them; then nothing is published.
   * @throws AppError `invalid` or `too_large` as the format does, `limited` as the backlog,
   * `unavailable` as the publisher.
   */
  async handle(
    delivery: Delivery,
    authorise: (signals: readonly Signal[]) => void,
  ): Promise<readonly Signal[]> {
    const signals = signalsIn(delivery);
    authorise(signals);
    const published = this.backlog.admit(signals);
    try {
      await this.publisher.publish(signals, {
        sameRequest: delivery.idempotencyKey !== undefined,
      });
    } finally {
      published();
    }
    return signals;
  }
}

/**
 * The signals of a delivery, the first of them with its whole body.
 * @throws AppError `invalid` or `too_large`, naming the field: then none of them is taken.
 */
export function signalsIn(delivery: Delivery): readonly Signal[] {
  const { bytes, contentType } = delivery;
  const format = formatOf(delivery);
  const drafts = format.read(delivery);
  limitPayloads(drafts);
  // What the path names is what the sender was let in as; a body cannot claim another.
  const sources = drafts.map(({ source }) => delivery.source ?? source ?? format.name);
  const deliveryId = deliveryIdOf(delivery);
  const raw = { sha256: digestOf(bytes), bytes: bytes.length, contentType };
  return drafts.map((draft, index) => {
    const source = sources[index] ?? '';
    const place = placeOf(draft, { ...delivery, source }) ?? { deliveryId, index };
    const origin = { ...delivery, source, raw: { ...raw, ...place } };
    const signal = canonicalSignal(draft, origin);
    limitSignal(signal, drafts.length === 1 ? 'labels' : `${index}.labels`);
    if (index > 0) return signal;
    return { ...signal, raw: { ...signal.raw, body: bytes.toString() } };
  });
}

/**
 * An event that its source names, and that reports on a problem of unknown beginning, is the same
 * one in whatever delivery it comes, unless the sender has a name for that.
 */
function placeOf(
  { problem, startsAt, event }: SignalDraft,
  { source, idempotencyKey }: Delivery & { readonly source: string },
): Pick<Signal['raw'], 'deliveryId' | 'index'> | undefined {
  if (!problem || startsAt || !event || idempotencyKey !== undefined) return undefined;
  return { deliveryId: timelessId('event', source, event), index: 0 };
}

/**
 * Repeated under the same key, on the path of the same source, it is the same delivery. Without a
 * time, for that of a repeat would differ.
 */
function deliveryIdOf({ id, source = '', idempotencyKey }: Delivery): string {
  return idempotencyKey === undefined ? id : timelessId('delivery', source, idempotencyKey);
}
