import { storiesOf, type Check } from './evidence.ts';
import { isEnd } from './journal.checks.ts';
import { isLease, keepsLease, standingAfter } from './kept-leases.ts';

/** One holder at a time, and in the end nobody awaits a resource, or holds one that has to let go. */
export const leasesGivenUp: Check = (evidence) =>
  [...storiesOf(evidence, 'lease')].flatMap(([id, events]) => {
    const says = events.filter(isLease).flatMap((event, at) => {
      const { holder } = standingAfter(events.slice(0, at));
      const isTaken = event.type === 'lease.granted' && holder !== undefined;
      return isTaken ? [`granted to ${event.data.executionId} while ${holder} holds it`] : [];
    });
    const { holder, line } = standingAfter(events);
    if (holder && !keepsLease(evidence.events, holder)) says.push(`${holder} still holds it`);
    for (const waiting of line) says.push(`${waiting} still waits for it`);
    return says.map((text) => ({ check: 'lease', id, says: text }));
  });

/** What became of a sub-agent is what the run that used it was told. */
export const parentsTold: Check = (evidence) => {
  const runs = storiesOf(evidence, 'execution');
  return [...runs].flatMap(([id, events]) => {
    const [start] = events;
    if (start?.type !== 'execution.started' || !start.data.parent) return [];
    const { executionId, callId } = start.data.parent;
    const parent = runs.get(executionId) ?? [];
    const settled = parent.find(
      (event) => event.type === 'execution.tool_settled' && event.data.callId === callId,
    );
    const end = events.find(isEnd)?.type;
    if (settled?.type !== 'execution.tool_settled') {
      // It was ended while it waited.
      const waited = parent.at(-1)?.type === 'execution.failed';
      return waited ? [] : [{ check: 'parent', id, says: 'its parent was never told' }];
    }
    const { status } = settled.data.outcome;
    if ((status === 'succeeded') === (end === 'execution.completed')) return [];
    return [{ check: 'parent', id, says: `${end}, but its parent was told ${status}` }];
  });
};
