import type { ApiEvent, Chain } from '../client/api.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { detailLines, eventLine } from './event-line.ts';
import type { Detail } from './trials.ts';

/**
 * A whole story in the order of the log: every event with its sequence number, and of reports that
 * came one after the other the last, which counts them.
 */
export function printChain(
  { correlation_id, events, complete }: Chain,
  terminal: Terminal,
  detail: Detail = {},
): void {
  const { paint } = terminal;
  const day = events[0] ? `, ${events[0].created_at.slice(0, 10)} UTC` : '';
  terminal.line(paint('dim', `the story of ${correlation_id}${day}`));
  let before: number | null = null;
  for (const event of events.filter(isToldOn)) {
    // Where the event just above led to this one, the order alone says so.
    const because = event.cause === null || event.cause === before ? '' : ` ← #${event.cause}`;
    terminal.line(eventLine(event, withRoomFor(because, terminal)) + paint('dim', because));
    for (const line of detailLines(event, terminal, detail)) terminal.line(line);
    before = event.sequence;
  }
  if (!complete) terminal.line(paint('waiting', 'There is more than is shown here.'));
}

function isToldOn({ type }: ApiEvent, index: number, events: readonly ApiEvent[]): boolean {
  const repeated = 'problem.repeated';
  return type !== repeated || events[index + 1]?.type !== repeated;
}

function withRoomFor(text: string, { paint, columns }: Terminal) {
  return columns === undefined ? { paint } : { paint, columns: columns - text.length };
}
