import { setTimeout as delay } from 'node:timers/promises';
import { ofType, type AuditLog } from '../fleet/audit-log.ts';
import { isCancelled, resourceOf, runIn, titleOf } from './model/script.ts';
import type { Fleet } from '../fleet/fleet.ts';

const AGAIN_MS = 200;
const APPROVE_EACH_MS = 400;
const CANCEL_EACH_MS = 500;

/**
 * Sends a signal for each run, evenly over a time, each until it is accepted.
 * @param ids takes the id of every signal that was.
 */
export async function sendSignals(
  fleet: Fleet,
  { runs, durationMs }: { readonly runs: number; readonly durationMs: number },
  ids: string[],
): Promise<void> {
  await Promise.all(
    Array.from({ length: runs }, async (_, index) => {
      await delay((index * durationMs) / runs);
      ids.push(await sendUntilAccepted(fleet, index + 1));
    }),
  );
}

async function sendUntilAccepted(fleet: Fleet, run: number): Promise<string> {
  const resource = resourceOf(run);
  const labels = resource === undefined ? {} : { resource };
  const body = { source: 'chaos', event_type: 'Case', title: titleOf(run), labels };
  const key = `case-${run}`;
  for (;;) {
    const response = await fleet.call('/api/webhook', { body, key }).catch(() => undefined);
    if (response?.status === 202) {
      return ((await response.json()) as { signal_id: string }).signal_id;
    }
    await delay(AGAIN_MS);
  }
}

/** Agrees to whatever waits for a person. */
export async function approveAll(fleet: Fleet, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    for (const id of await waitingApprovals(fleet)) {
      await fleet.call(`/api/approvals/${id}`, { body: { approved: true } }).catch(() => undefined);
    }
    await delay(APPROVE_EACH_MS);
  }
}

async function waitingApprovals(fleet: Fleet): Promise<readonly string[]> {
  const response = await fleet.call('/api/approvals').catch(() => undefined);
  if (response?.status !== 200) return [];
  return ((await response.json()) as readonly { id: string }[]).map(({ id }) => id);
}

/** Cancels the runs that are to be, each a while after it was decided. */
export async function cancelSome(fleet: Fleet, log: AuditLog, until: AbortSignal): Promise<void> {
  const done = new Set<string>();
  while (!until.aborted) {
    await delay(CANCEL_EACH_MS);
    for (const run of runsToCancel(log).filter((id) => !done.has(id))) {
      const body = { reason: 'Nobody needs it any more.' };
      const response = await fleet.call(`/api/executions/${run}/cancel`, { body }).catch(() => {});
      // Done, stored to be done, or too late.
      if ([200, 202, 409].includes(response?.status ?? 0)) done.add(run);
    }
  }
}

function runsToCancel({ events }: AuditLog): readonly string[] {
  const chosen = new Set(
    ofType(events, 'signal.received')
      .filter(({ data }) => isCancelled(runIn(data.signal.title)))
      .map(({ data }) => data.signal.id),
  );
  return ofType(events, 'decision.made').flatMap(({ data, record }) =>
    chosen.has(record.aggregateId) ? (data.executionId ?? []) : [],
  );
}
