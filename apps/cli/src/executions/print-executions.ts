import type { Terminal, Tone } from '../terminal/terminal.ts';
import { duration, fitted, minute, oneLine } from '../terminal/text.ts';
import type { ListedExecution } from './execution-api.ts';

const tones: Readonly<Record<string, Tone>> = {
  completed: 'good',
  failed: 'bad',
  halted: 'bad',
  rejected: 'bad',
  awaiting_approval: 'waiting',
};

/** A run's state, in words and with its colour. */
export function statusText(status: string, { paint }: Pick<Terminal, 'paint'>): string {
  return paint(tones[status] ?? 'plain', inWords(status));
}

function inWords(status: string): string {
  return status === 'awaiting_approval' ? 'waits for a person' : status;
}

/** Two lines for each: what it is, and how it stands. */
export function printExecutions(
  runs: readonly ListedExecution[],
  now: Date,
  terminal: Terminal,
): void {
  const { paint, columns } = terminal;
  if (runs.length === 0) return terminal.line('There are none.');
  for (const run of runs) {
    const { execution_id: id, target, objective, status, outcome } = run;
    const what = [target, objective].filter((text) => text !== '').join(': ');
    terminal.line(`${paint('bold', id)}  ${fitted(oneLine(what), id.length + 2, columns)}`);
    const facts = [timeOf(run, now), run.source, outcome].filter((fact) => fact !== null);
    const rest = `, ${oneLine(facts.join(', '))}`;
    const shown = fitted(rest, 2 + inWords(status).length, columns);
    terminal.line(`  ${statusText(status, terminal)}${paint('dim', shown)}`);
  }
  terminal.line(paint('dim', 'signalbox executions show <id>, watch <id> or cancel <id>'));
}

function timeBetween(iso: string, until: number): string {
  return duration(until - Date.parse(iso));
}

function timeOf({ started_at, ended_at, updated_at }: ListedExecution, now: Date): string {
  if (started_at === null) return `decided ${timeBetween(updated_at, now.getTime())} ago`;
  if (ended_at === null) return `for ${timeBetween(started_at, now.getTime())}`;
  return `${minute(started_at)} UTC, after ${timeBetween(started_at, Date.parse(ended_at))}`;
}
