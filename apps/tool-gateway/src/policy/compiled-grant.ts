import { digestOf, matchesPattern, type JsonObject } from '@signalbox/kernel';
import type { RecentCounts } from '@signalbox/messaging';
import { celCondition, type CelCondition } from '@signalbox/rules';
import { RateLimit } from '@signalbox/service';
import { dirname, resolve } from 'node:path';
import { RE2JS } from 're2js';
import { invalidConfig } from '../gateway-config/invalid-config.ts';
import { Destinations } from '../http/destinations.ts';
import { objectionToHost } from './argument-hosts.ts';
import { PathRoots } from './path-roots.ts';
import type { PolicyPlace, PolicyRequest } from './policy.ts';
import { CONDITION_VARIABLES, type Grant } from './policy.schema.ts';

/** Of what a caller gave that is said back to it. */
const VALUE_CHARACTERS_MAX = 200;

/** Which condition of an entry did not hold, in the order in which they are looked at. */
export type PolicyClause =
  | 'not_allowed'
  | 'path_not_allowed'
  | 'domain_not_allowed'
  | 'command_not_allowed'
  | 'condition_failed'
  | 'too_many_calls';

export interface GrantRefusal {
  readonly clause: PolicyClause;
  readonly message: string;
  /** How many conditions held before. */
  readonly passed: number;
}

type Objection = (request: PolicyRequest) => string | undefined;
type LateObjection = (request: PolicyRequest) => Promise<string | undefined>;

/** One entry of `policy.allow`, ready to be asked. */
export class CompiledGrant {
  private readonly conditions: readonly (readonly [PolicyClause, Objection | LateObjection])[];

  constructor(
    readonly config: Grant,
    index: number,
    { environment, file, counts }: PolicyPlace,
  ) {
    const rootsOf = (name: string, roots: readonly string[]) =>
      pathRoots(roots, dirname(file), `${file}: policy.allow.${index}.paths.${name}`);
    this.conditions = [
      ['not_allowed', environmentObjection(config, environment)],
      ['path_not_allowed', pathObjection(config, rootsOf)],
      ['domain_not_allowed', domainObjection(config)],
      ['command_not_allowed', commandObjection(config)],
      ['condition_failed', conditionObjection(config, environment)],
      ['not_allowed', ({ objection }) => objection],
      // The last: a call that is refused does not count.
      ['too_many_calls', rateObjection(config, counts)],
    ];
  }

  /** @throws AppError `unavailable` when it cannot be known how often the caller has called. */
  async refusalOf(request: PolicyRequest): Promise<GrantRefusal | undefined> {
    for (const [passed, [clause, objectionTo]] of this.conditions.entries()) {
      const message = await objectionTo(request);
      if (message !== undefined) return { clause, message, passed };
    }
    return undefined;
  }
}

function environmentObjection({ environments }: Grant, environment: string): Objection {
  const fits = environments?.some((pattern) => matchesPattern(pattern, environment)) ?? true;
  return ({ caller, tool }) =>
    fits ? undefined : `${caller} may not use '${tool}' in ${environment}.`;
}

function pathObjection(
  { paths }: Grant,
  rootsOf: (name: string, roots: readonly string[]) => PathRoots,
): Objection {
  return argumentObjection(
    Object.entries(paths ?? {}).map(([name, roots]) => {
      const within = rootsOf(name, roots);
      return [name, (path) => within.objectionTo(path)];
    }),
  );
}

function domainObjection({ domains }: Grant): Objection {
  return argumentObjection(
    Object.entries(domains ?? {}).map(([name, list]) => {
      const listed = new Destinations(list);
      return [name, (text) => objectionToHost(text, listed)];
    }),
  );
}

/**
 * Of the arguments that are named, one that the tool has must be there, and each that is must be in
 * order. What the tool does not have it passes over: beside one that is in order it would let through
 * whatever the tool does look at.
 */
function argumentObjection(
  checks: readonly (readonly [string, (text: string) => string | undefined])[],
): Objection {
  if (checks.length === 0) return () => undefined;
  const names = checks.map(([name]) => name).join(', ');
  return ({ arguments: given, inputSchema }) => {
    const had = (inputSchema['properties'] ?? {}) as JsonObject;
    let judged = 0;
    for (const [name, objectionTo] of checks) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value === undefined || value === null) continue;
      for (const item of Array.isArray(value) ? value : [value]) {
        const problem = typeof item === 'string' ? objectionTo(item) : 'is not a text';
        if (problem !== undefined) return `${name}: ${quoted(item)} ${problem}.`;
        if (Object.hasOwn(had, name)) judged++;
      }
    }
    return judged > 0 ? undefined : `The tool has to have, and the call to give, one of ${names}.`;
  };
}

function commandObjection({ commands }: Grant): Objection {
  if (commands === undefined) return () => undefined;
  const listed = Object.entries(commands).map(([name, targets]) => ({
    name,
    targets: RE2JS.compile(targets),
  }));
  return ({ arguments: { command, target } }: { readonly arguments: JsonObject }) => {
    const texts = typeof command === 'string' && typeof target === 'string';
    const fits =
      texts &&
      listed.some(
        ({ name, targets }) => matchesPattern(name, command) && targets.testExact(target),
      );
    return fits ? undefined : `${quoted(command)} on ${quoted(target)} is not listed.`;
  };
}

function conditionObjection({ when }: Grant, environment: string): Objection {
  if (when === undefined) return () => undefined;
  const failureOn: CelCondition = celCondition(when, CONDITION_VARIABLES);
  return ({ arguments: args, caller, tool }) => {
    const why = failureOn({ args, caller, environment, tool });
    return why === undefined ? undefined : `The condition ${when} does not hold: ${why}.`;
  };
}

/** Gateways with the same entry count its calls together. */
function rateObjection(config: Grant, counts: RecentCounts): Objection | LateObjection {
  const { callsPerMinute } = config;
  if (callsPerMinute === undefined) return () => undefined;
  const rate = new RateLimit({
    counts,
    what: 'policy',
    perMinute: callsPerMinute,
    neverAlone: true,
  });
  const entry = digestOf(config);
  return async ({ caller, tool }) =>
    (await rate.take(`${caller} ${tool} ${entry}`)).allowed
      ? undefined
      : `${caller} may use '${tool}' ${callsPerMinute} times a minute; try again later.`;
}

function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, VALUE_CHARACTERS_MAX);
}

function pathRoots(roots: readonly string[], folder: string, field: string): PathRoots {
  try {
    return new PathRoots(roots.map((root) => resolve(folder, root)));
  } catch (cause) {
    throw invalidConfig(`${field}: ${(cause as Error).message}`, cause);
  }
}
