import { type Rule, ruleSchema } from '@signalbox/contracts';

const CPU = String.raw`cpu(?:[ _.-]?(?:usage|util(?:i[sz]ation)?|load|percent(?:age)?|pct|value))*["']?`;
const IS = String.raw`(?:>=?|=|:|\b(?:is|at|above|over|hit|reached|exceeds|exceeded)\b)`;
const NINETY = String.raw`["']?(?:9\d(?:\.\d+)?|100(?:\.0+)?)`;
const PERCENT = String.raw`\s?(?:%|percent\b)`;
/** Behind a number without a unit: the end of a value, of a sentence or line, or the next name. */
const END = String.raw`(?:[,;"')\]}]|\.?[ \t\r]*(?:\n|$)|\.\s|\s+[\w.]+[=:])`;
/** What comes first in `95% CPU usage`; no name of what comes next. */
const OF_CPU = String.raw`(?:of\s+)?cpu\s+(?:usage|util(?:i[sz]ation)?|load)(?:[.,;!)"'\n]|\s+(?:on|for|of|in)\b|$)`;

/**
 * Seeded once, under fixed ids, so that one that was deleted or changed stays so. Commands and SQL
 * are looked for in the one spelling that each has in a signal's `commands` and `sql` texts.
 */
export const defaultRules: readonly Rule[] = [
  {
    id: '00000000000000000000000001',
    name: 'prevent_db_drop',
    pattern: String.raw`(?:^|[^\w/-])DROP\s+(?:(?:DATABASE|SCHEMA|TABLE)|TABLES\s+[\w.]+)(?:[^\w.:=-]|$)`,
    action: 'require_approval' as const,
    riskLevel: 'critical' as const,
  },
  {
    id: '00000000000000000000000002',
    name: 'block_ssh_root',
    pattern: '(?m)^ssh root@',
    action: 'hard_reject' as const,
    riskLevel: 'critical' as const,
  },
  {
    id: '00000000000000000000000003',
    name: 'block_rm_rf',
    pattern: String.raw`(?m)^rm (?:-\S+ )*-r (?:\S+ )*/\*?(?: |$)`,
    action: 'hard_reject' as const,
    riskLevel: 'critical' as const,
  },
  {
    id: '00000000000000000000000004',
    name: 'auto_scale_cpu',
    pattern: [
      String.raw`(?:^|[^a-z])${CPU}\s*(?:(?:${IS}\s*){0,2}${NINETY}${PERCENT}|(?:${IS}\s*){1,2}${NINETY}${END})`,
      String.raw`(?:^|[^\w.])${NINETY}${PERCENT}\s+${OF_CPU}`,
    ].join('|'),
    action: 'trigger_automation' as const,
    automationId: 'auto_scale_horizontal',
    riskLevel: 'low' as const,
  },
].map((rule) => ruleSchema.parse(rule));
