import type { Terminal, Tone } from '../terminal/terminal.ts';
import { fitted, oneLine, shorten } from '../terminal/text.ts';
import type { ApiRule } from './rule-api.ts';
import { actionText } from './rule-text.ts';

/** Parts of a screen's width that names and actions take at most, so that patterns are seen. */
const NAME_PART = 0.3;
const ACTION_PART = 0.25;
const PATTERN_WIDTH_MIN = 8;
const GAP = '  ';

const riskTones: Readonly<Record<string, Tone>> = { critical: 'bad', high: 'waiting' };

/** A line for each rule, in the order in which they are tried. */
export function printRules(rules: readonly ApiRule[], terminal: Terminal): void {
  if (rules.length === 0) return terminal.line('There are no rules.');
  const { columns } = terminal;
  const cell = (text: string, part: number) =>
    shorten(oneLine(text), columns === undefined ? undefined : Math.floor(columns * part));
  const rows = rules.map((rule) => [
    String(rule.priority),
    cell(rule.name, NAME_PART),
    rule.active ? cell(actionText(rule), ACTION_PART) : 'off',
    rule.risk_level,
  ]);
  const widths = widthsOf(rows);
  rules.forEach((rule, index) => {
    const [priority = '', name = '', action = '', risk = ''] = (rows[index] ?? []).map(
      (text, column) =>
        column === 0 ? text.padStart(widths[0] ?? 0) : text.padEnd(widths[column] ?? 0),
    );
    const before = [priority, name, action, risk].join(GAP) + GAP;
    const pattern = patternOf(rule, before.length, terminal);
    const painted = rule.active
      ? [
          terminal.paint('dim', priority),
          terminal.paint('bold', name),
          action,
          terminal.paint(riskTones[rule.risk_level] ?? 'plain', risk),
          terminal.paint('dim', pattern),
        ]
      : [terminal.paint('dim', before + pattern)];
    terminal.line(painted.join(GAP).trimEnd());
  });
}

function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  return (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
}

/** None where there is no room to recognise it. */
function patternOf(
  { pattern, pattern_type }: ApiRule,
  taken: number,
  { columns }: Terminal,
): string {
  if (columns !== undefined && columns - taken < PATTERN_WIDTH_MIN) return '';
  return fitted(`${pattern_type}: ${oneLine(pattern)}`, taken, columns);
}
