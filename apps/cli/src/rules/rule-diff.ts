import type { Terminal, Tone } from '../terminal/terminal.ts';
import { literal } from '../terminal/text.ts';
import type { RuleChange, RuleFields, RulePlan } from './rule-api.ts';
import { patternText, ruleFields, ruleSummary, valueText } from './rule-text.ts';

const signs = {
  create: ['+', 'good'],
  change: ['~', 'waiting'],
  delete: ['-', 'bad'],
} as const satisfies Readonly<Record<RuleChange['change'], readonly [string, Tone]>>;

/** What is to be done, and what was done. */
export const phrases: Readonly<Record<RuleChange['change'], readonly [string, string]>> = {
  create: ['to add', 'added'],
  change: ['to change', 'changed'],
  delete: ['to remove', 'removed'],
};

/** Named of those that are left alone; the difference itself must not be pushed off the screen. */
const OTHERS_MAX = 5;
const INDENT = '    ';
const LABEL_WIDTH = Math.max(...ruleFields.map((name) => name.length));

/** What would change, by rule and field; nothing is shortened, because it is to be agreed to. */
export function printPlan(plan: RulePlan, terminal: Terminal): void {
  for (const change of plan.changes) printChange(change, terminal);
  if (plan.changes.length > 0) terminal.line('');
  terminal.line(planSummary(plan));
  const { length } = plan.others;
  if (length === 0) return;
  const names = plan.others.slice(0, OTHERS_MAX).map(literal).join(', ');
  const more = length > OTHERS_MAX ? ', …' : '';
  const text = `left alone, not in the file: ${names}${more} (${length}; --prune removes them)`;
  terminal.line(terminal.paint('dim', text));
}

/** `1 to add, 2 to change, 0 to remove, 3 unchanged`; `added` and so on once it is done. */
export function planSummary({ status, changes, unchanged }: RulePlan): string {
  if (changes.length === 0) return `Nothing to change, ${unchanged} unchanged`;
  const counts = Object.entries(phrases).map(([kind, [todo, done]]) => {
    const count = changes.filter(({ change }) => change === kind).length;
    return `${count} ${status === 'planned' ? todo : done}`;
  });
  return `${counts.join(', ')}, ${unchanged} unchanged`;
}

function printChange(
  { change, name, before, after }: Pick<RuleChange, 'change' | 'name' | 'before' | 'after'>,
  terminal: Terminal,
): void {
  const [sign, tone] = signs[change];
  terminal.line(terminal.paint(tone, `${sign} ${literal(name)}`));
  if (before && after) return printDifference(before, after, terminal);
  const rule = after ?? before;
  if (!rule) return;
  for (const text of [ruleSummary(rule), patternText(rule)]) {
    terminal.line(terminal.paint(tone, `${INDENT}${text}`));
  }
}

/** Field by field; long ones under each other, so that they can be compared. */
export function printDifference(before: RuleFields, after: RuleFields, terminal: Terminal): void {
  for (const field of ruleFields.filter((name) => before[name] !== after[name])) {
    const [was, is] = [valueText(before[field]), valueText(after[field])];
    const label = `${INDENT}${field.padEnd(LABEL_WIDTH)}  `;
    if (field === 'pattern' || field === 'name') {
      terminal.line(`${label}${terminal.paint('bad', `- ${was}`)}`);
      terminal.line(`${' '.repeat(label.length)}${terminal.paint('good', `+ ${is}`)}`);
    } else {
      terminal.line(`${label}${terminal.paint('bad', was)} → ${terminal.paint('good', is)}`);
    }
  }
}
