import type { ConsumeOptions } from './consumer.ts';

export type ConsumerTuning = Pick<
  ConsumeOptions,
  'concurrency' | 'heldMax' | 'ackWaitMs' | 'deliveriesMax' | 'bugDeliveriesMax' | 'backoffMs'
>;

/**
 * Most commands held by a process of a service that has some which wait in lanes. Lanes take fair
 * turns among what is held, so this is how long one lane's backlog may grow without the others
 * noticing. Below what the server hands out without hearing of it (`ACK_PENDING_MAX`), so that
 * what carries on is still delivered.
 */
export const HELD_IN_LANES_MAX = 8_000;

/**
 * A provider or a database that is away for an hour costs no message: 100 deliveries with these
 * pauses take an hour and a half. A handler with a bug gives up after some five minutes.
 */
export const consumerDefaults: ConsumerTuning = {
  concurrency: 16,
  ackWaitMs: 30_000,
  deliveriesMax: 100,
  bugDeliveriesMax: 10,
  backoffMs: [250, 1_000, 5_000, 15_000, 30_000, 60_000],
};
