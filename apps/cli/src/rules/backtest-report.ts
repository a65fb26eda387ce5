import type { Terminal } from '../terminal/terminal.ts';
import { fitted, minute, oneLine } from '../terminal/text.ts';
import type {
  BacktestProgress,
  BacktestSummary,
  ChangedSignal,
  TrialAnswer,
  VerdictAnswer,
} from './backtest-lines.ts';

/** Trials shown of each side of a changed signal. */
const TRIALS_MAX = 5;
const TRANSITIONS_MAX = 20;

export function progressText({ read, changed, done }: BacktestProgress): string {
  return `backtest ${Math.floor(done * 100)} %: ${read} signals, ${changed} changed`;
}

/** What changes, and of the traces what matches, and what one side has and the other has not. */
export function printChanged(changed: ChangedSignal, terminal: Terminal): void {
  const { signal_id: id, source, title, before, after } = changed;
  const heading = indented(`${id}  `, `${source}: ${title}`, terminal);
  terminal.line(terminal.paint('bold', id) + heading.slice(id.length));
  const lines: readonly (readonly [string, string])[] = [
    ['  now        ', verdictText(before)],
    ['  candidate  ', verdictText(after)],
    ...matchedIn(before, after).map((text) => ['    ', text] as const),
    ...trialsOf(before, after).map((text) => ['  - ', text] as const),
    ...trialsOf(after, before).map((text) => ['  + ', text] as const),
  ];
  for (const [indent, text] of lines) terminal.line(indented(indent, text, terminal));
}

/** @param shown how many of the changed signals were printed. */
export function printSummary(summary: BacktestSummary, shown: number, terminal: Terminal): void {
  const { signals, repeats, changed, same_by_another_rule: alike } = summary;
  if (shown < changed) {
    const rest = `${changed - shown} more changed signals; --all shows ${summary.truncated ? 'more of them' : 'them'}`;
    terminal.line(terminal.paint('dim', rest));
  }
  if (changed > 0) terminal.line('');
  terminal.line(`${signals} signals from ${minute(summary.since)} to ${minute(summary.until)} UTC`);
  if (repeats > 0)
    terminal.line(`${repeats} repeats or reports of what was over left out: no rule decides them`);
  if (summary.limit_reached) terminal.line('there are more; take a shorter time to see the rest');
  if (signals === 0) return;
  printCounts(summary, terminal);
  if (changed === 0) terminal.line(terminal.paint('good', 'No decision would change.'));
  else printTransitions(summary, terminal);
  if (alike > 0) terminal.line(`${decisions(alike)} would be the same by another rule`);
}

/** `3 decisions` */
export function decisions(count: number): string {
  return count === 1 ? '1 decision' : `${count} decisions`;
}

function printCounts({ before, after }: BacktestSummary, { line }: Terminal): void {
  line(`${''.padEnd(20)}${'now'.padStart(10)}${'candidate'.padStart(12)}`);
  for (const [verdict, was] of Object.entries(before)) {
    const is = after[verdict] ?? 0;
    if (was + is === 0) continue;
    const difference = is === was ? '' : (is > was ? '+' : '') + String(is - was);
    const counts = `${String(was).padStart(10)}${String(is).padStart(12)}${difference.padStart(10)}`;
    line(`${verdict.padEnd(20)}${counts}`.trimEnd());
  }
}

function printTransitions({ changed, transitions }: BacktestSummary, terminal: Terminal): void {
  terminal.line(terminal.paint('waiting', `${decisions(changed)} would change:`));
  for (const { from, to, count } of transitions.slice(0, TRANSITIONS_MAX)) {
    terminal.line(indented(`${String(count).padStart(8)}  `, `${from} → ${to}`, terminal));
  }
  const more = transitions.length - TRANSITIONS_MAX;
  if (more > 0) terminal.line(`          and ${more} more kinds of change`);
}

function verdictText(of: VerdictAnswer): string {
  const { verdict, automation_id: workflow, agent_id: agent, risk_level: risk, rule } = of;
  const by = rule === undefined ? 'no rule matches' : `rule ${rule}`;
  return [[verdict, workflow, agent].filter(Boolean).join(' '), risk && `${risk} risk`, by]
    .filter(Boolean)
    .join(', ');
}

function matchedIn(side: VerdictAnswer, other: VerdictAnswer): string[] {
  const known = new Set(other.trace.map(trialText));
  return side.trace
    .filter(({ matched }) => matched)
    .map(trialText)
    .filter((text) => known.has(text));
}

function trialsOf(side: VerdictAnswer, other: VerdictAnswer): string[] {
  const known = new Set(other.trace.map(trialText));
  const texts = side.trace.map(trialText).filter((text) => !known.has(text));
  const hidden = texts.length - TRIALS_MAX;
  if (hidden <= 0) return texts;
  // The last one decides, so it is shown in any case.
  return [...texts.slice(0, TRIALS_MAX - 1), `… ${hidden} more …`, ...texts.slice(-1)];
}

function trialText({ rule_name: name, matched, reason }: TrialAnswer): string {
  return `${name} ${matched ? 'matches' : 'does not match'}: ${reason}`;
}

/** Text of others on one line, behind what it is indented with. */
function indented(indent: string, text: string, { columns }: Terminal): string {
  return indent + fitted(oneLine(text), indent.length, columns);
}
