import type { Signal } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import type { Delivery } from './delivery.ts';

/** What a vendor's payload says, before it is a signal of ours. */
export type SignalDraft = Pick<
  Signal,
  | 'source'
  | 'type'
  | 'title'
  | 'severity'
  | 'status'
  | 'labels'
  | 'fingerprint'
  | 'startsAt'
  | 'payload'
> & {
  /** The same for every report of the same fact, where the vendor's payload allows to tell. */
  readonly id?: string;
};

/** One way of saying that something happened. */
export interface SignalFormat {
  /** Also the last part of the path that means this format and no other. */
  readonly name: string;
  recognises(body: Json): boolean;
  /**
   * At least one draft that fits the contract's limits.
   * @throws AppError `invalid` or `too_large`, naming the field.
   */
  read(delivery: Delivery): readonly SignalDraft[];
}
