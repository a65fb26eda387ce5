import { defineEvent, deriveId, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { instant, ulid } from './shared.schemas.ts';

/** What sources report on again and again: one aggregate for each source and fingerprint. */
const aggregate = 'problem';
/** A problem has no time of its own, so its id starts with none. */
const NO_PARENT = '0'.repeat(26);

export const problemOpened = defineEvent({
  type: 'problem.opened',
  aggregate,
  summary: 'A source reports a problem that was not open; its signal is decided.',
  schema: z.object({
    source: z.string(),
    fingerprint: z.string(),
    type: z.string(),
    title: z.string(),
    severity: z.string().optional(),
    startsAt: instant,
    signalId: ulid,
    deliveryId: ulid,
    seenAt: instant,
  }),
});

export const problemRepeated = defineEvent({
  type: 'problem.repeated',
  aggregate,
  summary:
    'A source reports again what is decided already; it is counted, and is open if it was over.',
  schema: z.object({
    signalId: ulid,
    deliveryId: ulid,
    /** Reports so far, the first one counted. */
    count: z.int().positive(),
    seenAt: instant,
  }),
});

export const problemResolved = defineEvent({
  type: 'problem.resolved',
  aggregate,
  summary: 'The source says that the problem is over.',
  schema: z.object({ signalId: ulid, deliveryId: ulid, seenAt: instant }),
});

export type ProblemEvent = EventOf<
  typeof problemOpened | typeof problemRepeated | typeof problemResolved
>;

/** The problem that a source names by a fingerprint: its aggregate's id. */
export function problemIdOf(source: string, fingerprint: string): string {
  return deriveId(NO_PARENT, 'problem', source, fingerprint);
}
