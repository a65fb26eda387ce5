import { defineEvent, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';

/** The scope that stops everything; scopes are ids of the `control` aggregate. */
export const GLOBAL_SCOPE = 'global';

const schema = z.object({ reason: z.string().max(2000) });

export const controlHalted = defineEvent({
  type: 'control.halted',
  aggregate: 'control',
  summary: 'The kill switch was turned on. Its place in the audit stream is the epoch.',
  schema,
});

export const controlResumed = defineEvent({
  type: 'control.resumed',
  aggregate: 'control',
  summary: 'The kill switch was turned off. What was issued before stays refused.',
  schema,
});

export type ControlEvent = EventOf<typeof controlHalted | typeof controlResumed>;
