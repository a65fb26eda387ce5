import { z } from 'zod';

/** Requests a minute of one address: those of Stourio, those of ours, and how many keys may be guessed. */
const defaults = {
  webhook: 120,
  chat: 30,
  approvals: 60,
  kill: 5,
  resume: 5,
  rules: 30,
  agents: 30,
  executions: 60,
  'tool-calls': 60,
  blobs: 60,
  status: 60,
  audit: 30,
  'wrong-keys': 20,
} as const;

const RATE_MAX = 1_000_000_000;

export type LimitName = keyof typeof defaults;

/** Requests a minute by what they ask for; 0 for no limit. */
export type RateLimitsConfig = Readonly<Record<LimitName, number>>;

/** `webhook=1000,chat=0` changes what it names; `off` is no limit at all. */
export const rateLimitsSchema = z
  .string()
  .default('')
  .transform((text, context): RateLimitsConfig => {
    const changed: Record<LimitName, number> = { ...defaults };
    const names = Object.keys(defaults) as LimitName[];
    if (text.trim() === 'off') {
      for (const name of names) changed[name] = 0;
      return changed;
    }
    for (const part of text.split(',').map((one) => one.trim())) {
      if (part === '') continue;
      const [given, rate] = part.split('=').map((side) => side.trim());
      const name = names.find((known) => known === given);
      const count = /^\d+$/.test(rate ?? '') ? Number(rate) : Number.NaN;
      if (name !== undefined && count <= RATE_MAX) changed[name] = count;
      else context.addIssue({ code: 'custom', message: problemWith(part, names) });
    }
    return changed;
  });

function problemWith(part: string, names: readonly string[]): string {
  return `${part} is not off or <name>=<requests a minute>, with a name of ${names.join(', ')}`;
}
