import type { Check } from './evidence.ts';
import { perJournal } from './journal.checks.ts';

/** What only a process that has taken the run over may write. */
const runMade: ReadonlySet<string> = new Set([
  'execution.model_call_requested',
  'execution.model_answered',
  'execution.model_failed',
  'execution.budget_reached',
  'execution.lease_awaited',
  'execution.tool_requested',
  'execution.approval_awaited',
  'execution.completed',
]);

/** What a run is told. Its append, too, fences out whoever had the run before. */
const told: ReadonlySet<string> = new Set([
  'execution.started',
  'execution.tool_settled',
  'execution.approval_observed',
]);

/**
 * After an activation by one handling of a command, or news that it brought, all that the run does
 * is that handling's, until the next one takes it over. A handling is told by the command that
 * caused it, which an activation's runner names: `<process>/<command>/<delivery>`.
 */
export const fencesHold: Check = (evidence) =>
  perJournal(evidence, 'fence', (events) => {
    const says: string[] = [];
    let holder: string | undefined;
    for (const event of events) {
      const { causationId, version } = event.record;
      if (event.type === 'execution.activated') {
        holder = event.data.runner.split('/').at(-2);
        if (holder !== causationId) {
          says.push(`version ${version}: activated by ${holder}, caused by ${causationId}`);
        }
      } else if (told.has(event.type)) {
        holder = causationId;
      } else if (runMade.has(event.type) && causationId !== holder) {
        says.push(`version ${version}: ${event.type} by ${causationId}, held by ${holder}`);
      }
    }
    return says;
  });
