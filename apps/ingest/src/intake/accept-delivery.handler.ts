import { Injectable } from '@nestjs/common';
import type { Signal } from '@signalbox/contracts';
import { digestOf, idAt, newId } from '@signalbox/kernel';
import type { Delivery } from './delivery.ts';
import { formatOf } from './formats.ts';
import type { SignalDraft } from './signal-format.ts';
import { SignalPublisher } from './signal-publisher.port.ts';

/** An idempotency key has no time of its own, and the time of a repeat would differ. */
const NO_TIME = new Date(0);

@Injectable()
export class AcceptDeliveryHandler {
  constructor(private readonly publisher: SignalPublisher) {}

  /**
   * The signals in the delivery, all of them durable.
   * @throws AppError `invalid` or `too_large` as the format does, `unavailable` as the publisher.
   */
  async handle(delivery: Delivery): Promise<readonly Signal[]> {
    const signals = signalsIn(delivery);
    await this.publisher.publish(signals, {
      sameRequest: delivery.idempotencyKey !== undefined,
    });
    return signals;
  }
}

export function signalsIn(delivery: Delivery): readonly Signal[] {
  const { id: deliveryId, bytes, contentType, receivedAt } = delivery;
  const raw = { sha256: digestOf(bytes), bytes: bytes.length, contentType, deliveryId };
  return formatOf(delivery)
    .read(delivery)
    .map((draft, index) => ({
      ...draft,
      startsAtKnown: false,
      id: idOf(draft, delivery, index),
      receivedAt: receivedAt.toISOString(),
      raw: { ...raw, index },
      signature: 'unsigned' as const,
    }));
}

/** The same request or fact gives the same id, and an id is decided once. */
function idOf(draft: SignalDraft, delivery: Delivery, index: number): string {
  const { idempotencyKey, receivedAt } = delivery;
  if (idempotencyKey !== undefined) return idAt(NO_TIME, 'delivery', idempotencyKey, index);
  return draft.id ?? newId(receivedAt);
}
