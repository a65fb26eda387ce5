import type { ToolInvocation } from '@signalbox/contracts';
import type { Leases } from '@signalbox/executions';
import { refused, type Refusal } from './refusal.ts';

/** A run that acts on a resource shows its lease; who holds a newer one must not be disturbed. */
export async function leaseRefusal(
  leases: Leases,
  { lease, executionId }: ToolInvocation,
): Promise<Refusal | undefined> {
  if (!lease || (await leases.isHeld(lease, executionId))) return undefined;
  const { resource, token } = lease;
  return refused('lease_stale', `The run no longer holds '${resource}' under the token ${token}.`);
}

/** Of a call that is run once more after its run has ended: it must not disturb the run of today. */
export async function holderRefusal(
  leases: Leases,
  { lease, executionId }: ToolInvocation,
): Promise<Refusal | undefined> {
  if (!lease) return undefined;
  const holder = await leases.heldBy(lease);
  if (holder === undefined || holder === executionId) return undefined;
  return refused('lease_held', `'${lease.resource}' is held by the execution ${holder}.`);
}
