import { type Signal, signalSchema } from '@signalbox/contracts';
import { AppError, type Json } from '@signalbox/kernel';
import { signalsIn } from './accept-delivery.handler.ts';
import type { Delivery } from './delivery.ts';

export const RECEIVED_AT = '2026-11-21T05:00:00.000Z';
export const DELIVERY_ID = '01KAJ1X0000000000000000000';

export function aDelivery(body: Json, about: Partial<Delivery> = {}): Delivery {
  return {
    id: DELIVERY_ID,
    receivedAt: new Date(RECEIVED_AT),
    bytes: Buffer.from(JSON.stringify(body)),
    contentType: 'application/json',
    headers: {},
    body,
    source: undefined,
    idempotencyKey: undefined,
    ...about,
  };
}

/** What becomes of a body, each of it held against the contract. */
export function signalsOf(body: Json, about: Partial<Delivery> = {}): readonly Signal[] {
  const signals = signalsIn(aDelivery(body, about));
  for (const signal of signals) expect(signalSchema.parse(signal)).toEqual(signal);
  return signals;
}

export function signalOf(body: Json, about: Partial<Delivery> = {}): Signal {
  const [signal, ...others] = signalsOf(body, about);
  expect(others).toEqual([]);
  if (!signal) throw new Error('there is no signal');
  return signal;
}

export function refusalOf(body: unknown, about: Partial<Delivery> = {}): AppError {
  try {
    signalsOf(body as Json, about);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
