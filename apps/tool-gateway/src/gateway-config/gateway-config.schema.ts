import { token } from '@signalbox/contracts';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { destinationList } from '../http/destinations.ts';
import { callApiConfig } from '../tools/call-api.tool.ts';
import { logsConfig } from '../tools/logs.tool.ts';
import { prometheusConfig } from '../tools/metrics.tool.ts';
import { notificationsConfig } from '../tools/notification.tool.ts';

/** A name, or several by `*`. */
const namePattern = z
  .string()
  .regex(/^[a-zA-Z0-9_*-]{1,100}$/, 'may have letters, digits, _, - and * only, 1 to 100 of them');

/** RE2 (https://github.com/google/re2/wiki/Syntax), matched against the whole text. */
const re2 = z.string().max(500).refine(isRe2, 'is not a regular expression that RE2 understands');

/** Well under what a consumer gives a handler: then the call is parked while it still runs. */
const timeoutMs = z.int().min(100).max(600_000);
const variables = z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/), z.string()).default({});

/** Both default to the careful answer. */
const toolRule = z.strictObject({
  repeatable: z.boolean().default(false),
  approval: z.boolean().default(true),
});
export type ToolRule = z.output<typeof toolRule>;

const stdio = z
  .strictObject({
    command: z.string().min(1).optional(),
    /** An installed npm package that brings one command, instead of `command`. */
    package: z.string().min(1).optional(),
    args: z.array(z.string()).default([]),
    env: variables,
  })
  .refine((server) => (server.command === undefined) !== (server.package === undefined), {
    path: ['command'],
    message: 'give either command or package',
  });
export type StdioConfig = z.output<typeof stdio>;

const upstream = z.strictObject({
  stdio,
  /** The tools that are offered, by the upstream's own name; the first pattern that fits counts. */
  tools: z.record(namePattern, toolRule),
  timeoutMs: timeoutMs.default(30_000),
});
export type UpstreamConfig = z.output<typeof upstream>;

const remediationCommand = z.strictObject({
  /** The program and its arguments; `{{target}}` and `{{callId}}` are filled in. No shell. */
  argv: z.array(z.string()).min(1),
  timeoutMs: timeoutMs.default(60_000),
  targets: re2.default('[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}'),
});
export type RemediationCommand = z.output<typeof remediationCommand>;

const remediation = z.strictObject({
  env: variables,
  commands: z
    .record(token, remediationCommand)
    .refine((commands) => Object.keys(commands).length > 0, 'names no command'),
});
export type RemediationConfig = z.output<typeof remediation>;

const policy = z.strictObject({
  allow: z
    .array(z.strictObject({ caller: namePattern, tools: z.array(namePattern).min(1) }))
    .default([]),
});
export type PolicyConfig = z.output<typeof policy>;

const limits = z.strictObject({
  /** Size of a result as JSON. The audit stream takes messages of 256 KB. */
  outputBytesMax: z.int().min(1_000).max(200_000).default(100_000),
  argumentsBytesMax: z.int().min(1_000).max(100_000).default(64_000),
  argumentsDepthMax: z.int().min(1).max(100).default(32),
});
export type LimitsConfig = z.output<typeof limits>;

const upstreamName = token.refine((name) => !name.includes('__'), 'may not hold __');

/** What a gateway offers, to whom, and within which limits. */
export const gatewayConfigSchema = z.strictObject({
  upstreams: z.record(upstreamName, upstream).default({}),
  /** Where our own tools may send requests to. */
  http: z.strictObject({ allow: destinationList }).prefault({}),
  prometheus: prometheusConfig.optional(),
  logs: logsConfig.optional(),
  apis: callApiConfig.optional(),
  notifications: notificationsConfig.optional(),
  remediation: remediation.optional(),
  policy: policy.default({ allow: [] }),
  limits: limits.prefault({}),
});
export type GatewayConfig = z.output<typeof gatewayConfigSchema> & {
  /** Absolute: relative paths in it mean this folder. */
  readonly folder: string;
};

function isRe2(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
