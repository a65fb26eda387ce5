import { defineCommand, defineEvent, type EventOf } from '@signalbox/kernel';
import { z } from 'zod';
import { instant, token, ulid } from './shared.schemas.ts';

/** Who may act on a resource: `audit.<env>.lease.<resource>`. */
const aggregate = 'lease';

const holder = { executionId: ulid };

export const leaseGranted = defineEvent({
  type: 'lease.granted',
  aggregate,
  summary: 'A run holds the resource. The place of this event in the stream is the fencing token.',
  schema: z.object({ ...holder, until: instant }),
});

export const leaseRenewed = defineEvent({
  type: 'lease.renewed',
  aggregate,
  summary: 'The holder goes on holding it, under the same token.',
  schema: z.object({ ...holder, until: instant }),
});

export const leaseRequested = defineEvent({
  type: 'lease.requested',
  aggregate,
  summary: 'A run waits in line for the resource.',
  schema: z.object(holder),
});

export const leaseReleased = defineEvent({
  type: 'lease.released',
  aggregate,
  summary: 'The holder, or one that waited, wants it no more.',
  schema: z.object(holder),
});

export const leaseExpired = defineEvent({
  type: 'lease.expired',
  aggregate,
  summary: 'The holder did not renew it in time.',
  schema: z.object(holder),
});

export type LeaseEvent = EventOf<
  | typeof leaseGranted
  | typeof leaseRenewed
  | typeof leaseRequested
  | typeof leaseReleased
  | typeof leaseExpired
>;

export const settleLease = defineCommand({
  service: 'agent-runner',
  name: 'settle-lease',
  summary: 'Tell a run that it holds the resource it waited for.',
  schema: z.object({ ...holder, resource: token, token: z.int().positive(), until: instant }),
});
