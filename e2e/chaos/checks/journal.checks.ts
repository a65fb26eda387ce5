import { ofType, type AuditEvent } from '../../fleet/audit-log.ts';
import { storiesOf, type Check, type Evidence } from './evidence.ts';

const ends: ReadonlySet<string> = new Set([
  'execution.completed',
  'execution.failed',
  'execution.rejected',
  'execution.halted',
]);

export const isEnd = ({ type }: AuditEvent): boolean => ends.has(type);

/** Of every aggregate, whatever its kind: no version is missing, none is there twice. */
export const versionsContiguous: Check = ({ events }) => {
  const next = new Map<string, number>();
  return events.flatMap(({ record, type }) => {
    const key = `${record.aggregate}/${record.aggregateId}`;
    const expected = next.get(key) ?? 1;
    next.set(key, record.version + 1);
    if (record.version === expected) return [];
    const says = `${type} of ${key} has version ${record.version}, expected ${expected}`;
    return [{ check: 'versions', id: record.aggregateId, says }];
  });
};

/** Started first and once, ended once, and nothing behind the end. */
export const journalsWhole: Check = (evidence) =>
  perJournal(evidence, 'journal', (events) => {
    const says: string[] = [];
    if (events[0]?.type !== 'execution.started') says.push(`begins with ${events[0]?.type}`);
    const starts = ofType(events, 'execution.started').length;
    if (starts > 1) says.push(`${starts} starts`);
    const endings = events.filter(isEnd);
    if (endings.length !== 1) says.push(`${endings.length} terminal events`);
    const last = events.at(-1);
    if (endings.length > 0 && last && !isEnd(last)) says.push(`${last.type} behind the end`);
    return says;
  });

/** Every intent has its result or the run's end; no result stands without an intent. */
export const intentsSettled: Check = (evidence) =>
  perJournal(evidence, 'intent', (events) => {
    const says: string[] = [];
    const asked = new Set(ofType(events, 'execution.tool_requested').map((e) => e.data.use.callId));
    let open = '';
    let takenOver = false;
    for (const event of events) {
      const { intent, result } = partOf(event, asked);
      if (event.type === 'execution.activated') takenOver = true;
      if (intent) {
        // Whoever takes a run over asks again what has no answer yet.
        const again = open === intent && takenOver;
        if (open !== '' && !again) says.push(`${intent} while ${open} has no result`);
        open = intent;
        takenOver = false;
      }
      if (result) {
        if (open !== result) says.push(`a result of ${result}, but ${open || 'nothing'} was open`);
        open = '';
      }
      if (isEnd(event)) open = '';
    }
    if (open !== '') says.push(`${open} has no result`);
    return says;
  });

/**
 * What an event opens or closes.
 * @param asked calls that were handed to a gateway; others the run has refused by itself.
 */
function partOf(
  event: AuditEvent,
  asked: ReadonlySet<string>,
): { readonly intent?: string; readonly result?: string } {
  switch (event.type) {
    case 'execution.model_call_requested':
      return { intent: `model call ${event.data.step}` };
    case 'execution.model_answered':
    case 'execution.model_failed':
      return { result: `model call ${event.data.step}` };
    case 'execution.tool_requested':
      return { intent: `tool call ${event.data.use.callId}` };
    case 'execution.tool_settled':
      return asked.has(event.data.callId) ? { result: `tool call ${event.data.callId}` } : {};
    case 'execution.approval_awaited':
      return { intent: `approval ${event.data.approvalId}` };
    case 'execution.approval_observed':
      return { result: `approval ${event.data.approvalId}` };
    default:
      return {};
  }
}

/** One violation for each thing that is said of a journal. */
export function perJournal(
  evidence: Evidence,
  check: string,
  look: (events: readonly AuditEvent[]) => readonly string[],
) {
  return [...storiesOf(evidence, 'execution')].flatMap(([id, events]) =>
    look(events).map((says) => ({ check, id, says })),
  );
}
