import { matchesPattern, type JsonObject } from '@signalbox/kernel';
import type { RecentCounts } from '@signalbox/messaging';
import { CompiledGrant, type GrantRefusal } from './compiled-grant.ts';
import type { Grant, PolicyConfig } from './policy.schema.ts';

/** Where a policy is in force. */
export interface PolicyPlace {
  /** What `environments` name. */
  readonly environment: string;
  /** The absolute path of its file; relative roots mean its folder. */
  readonly file: string;
  /** What its gateways count together. */
  readonly counts: RecentCounts;
}

export interface PolicyRequest {
  readonly caller: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  /** Of the tool: what it does not name it does not look at. */
  readonly inputSchema: JsonObject;
  /** Why the tool itself does not do it; it has no part in what the policy says of others. */
  readonly objection?: string | undefined;
}

export type PolicyVerdict =
  | { readonly allowed: true; readonly limits: Pick<Grant, 'outputBytesMax' | 'timeoutMs'> }
  | ({ readonly allowed: false } & Pick<GrantRefusal, 'clause' | 'message'>);

/** Who may call what. What no entry allows is refused. */
export class Policy {
  private readonly grants: readonly CompiledGrant[];

  /** @throws AppError `invalid` when a root is not there, with file and field. */
  constructor(config: PolicyConfig, place: PolicyPlace) {
    this.grants = config.allow.map((grant, i) => new CompiledGrant(grant, i, place));
  }

  /**
   * The first entry that fits allows. If none does, the one that came nearest says why.
   * @throws AppError `unavailable` when it cannot be known how often the caller has called.
   */
  async verdictOn(request: PolicyRequest): Promise<PolicyVerdict> {
    const { caller, tool } = request;
    let nearest: GrantRefusal | undefined;
    for (const grant of this.grants) {
      if (!isFor(grant.config, request)) continue;
      const refusal = await grant.refusalOf(request);
      if (!refusal) return { allowed: true, limits: grant.config };
      if (!nearest || refusal.passed > nearest.passed) nearest = refusal;
    }
    const { clause, message } = nearest ?? {
      clause: 'not_allowed' as const,
      message: `${caller} may not use '${tool}' here.`,
    };
    return { allowed: false, clause, message };
  }
}

/** The most time that anybody's calls of a tool have, in ms; without end where an entry sets no limit. */
export function longestCallMs({ allow }: PolicyConfig, tool: string): number {
  const limits = allow.filter((grant) => names(grant, tool)).map(({ timeoutMs }) => timeoutMs);
  return limits.length === 0 ? Infinity : Math.max(...limits.map((ms) => ms ?? Infinity));
}

function isFor(grant: Grant, { caller, tool }: PolicyRequest): boolean {
  return matchesPattern(grant.caller, caller) && names(grant, tool);
}

function names({ tools }: Grant, tool: string): boolean {
  return tools.some((pattern) => matchesPattern(pattern, tool));
}
