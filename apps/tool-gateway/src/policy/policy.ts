import { matchesPattern } from '@signalbox/kernel';
import type { PolicyConfig } from '../gateway-config/gateway-config.schema.ts';

/** Who may call what. What no entry allows is refused. */
export class Policy {
  constructor(private readonly config: PolicyConfig) {}

  allows(caller: string, tool: string): boolean {
    return this.config.allow.some(
      (entry) =>
        matchesPattern(entry.caller, caller) &&
        entry.tools.some((pattern) => matchesPattern(pattern, tool)),
    );
  }
}
