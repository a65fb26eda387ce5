import { type Rule, ruleSchema } from '@signalbox/contracts';

/** What may follow a path that ends where a word does, in a shell, a sentence or JSON. */
const END = String.raw`(?:$|[\s;&|)"'\\,}\]])`;
const RECURSIVE = String.raw`(?:-[a-z]*r[a-z]*|--recursive)`;
const OPTIONS = String.raw`(?:-\S+\s+)*`;
const CPU_NAME = String.raw`cpu(?:[ _.-]?(?:usage|util(?:i[sz]ation)?|percent(?:age)?|pct))*`;

/** Seeded once, under fixed ids, so that one that was deleted or changed stays so. */
export const defaultRules: readonly Rule[] = [
  {
    id: '00000000000000000000000001',
    name: 'prevent_db_drop',
    pattern: String.raw`\bDROP\s+(DATABASE|TABLE)\b`,
    action: 'require_approval' as const,
    riskLevel: 'critical' as const,
  },
  {
    id: '00000000000000000000000002',
    name: 'block_ssh_root',
    pattern: String.raw`\bssh\s+(?:(?:-\S+\s+(?:[^-\s]\S*\s+)?){0,10}["']?root@|(?:\S+\s+){0,10}?-l\s*["']?root\b)`,
    action: 'hard_reject' as const,
    riskLevel: 'critical' as const,
  },
  {
    id: '00000000000000000000000003',
    name: 'block_rm_rf',
    pattern: String.raw`\brm\s+${OPTIONS}${RECURSIVE}\s+${OPTIONS}["']?/+(?:\*|\.)?["']?${END}`,
    action: 'hard_reject' as const,
    riskLevel: 'critical' as const,
  },
  {
    id: '00000000000000000000000004',
    name: 'auto_scale_cpu',
    pattern: String.raw`(?:^|[^a-z])${CPU_NAME}["']?\s*(?:>=?|=|:|\bat\b|\bis\b)\s*["']?(?:9\d(?:\.\d+)?|100(?:\.0+)?)(?:%|[^\d.]|$)`,
    action: 'trigger_automation' as const,
    automationId: 'auto_scale_horizontal',
    riskLevel: 'low' as const,
  },
].map((rule) => ruleSchema.parse(rule));
