import type { Signal } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import type { Delivery } from './delivery.ts';

/** What a vendor's payload says, before it is a signal of ours. Texts may be of any length. */
export interface SignalDraft {
  /** Where the body names it; the path goes before, the format's name behind. */
  readonly source?: string | undefined;
  readonly type: string;
  readonly title: string;
  readonly severity?: string | undefined;
  readonly status: Signal['status'];
  /** Texts, numbers and booleans become labels, anything else is left out. */
  readonly labels?: Readonly<Record<string, Json | undefined>>;
  /** The source's own name for the problem that this reports on, where it has one. */
  readonly problem?: string | undefined;
  /**
   * The source's own name for this one event. Without `startsAt`, whatever has the same name is the
   * same event; with a problem that began then, every report of that is the same fact.
   */
  readonly event?: string | undefined;
  /** When the problem or event began, where the source says so: a time of `timeOf`. */
  readonly startsAt?: Date | undefined;
  /** What the source said, whole. */
  readonly payload: Json;
  /** Where the payload stands in the body, for those who are told that it is too large. */
  readonly field?: string;
}

/** One way of saying that something happened. */
export interface SignalFormat {
  /** Also the last part of the path that means this format and no other. */
  readonly name: string;
  recognises(delivery: Delivery): boolean;
  /**
   * At least one draft.
   * @throws AppError `invalid`, naming the field.
   */
  read(delivery: Delivery): readonly SignalDraft[];
}
