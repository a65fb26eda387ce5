import { token } from '@signalbox/contracts';
import { z } from 'zod';
import { edgeConfig } from '../edge/edge.schema.ts';
import { destinationList } from '../http/destinations.ts';
import { policySchema } from '../policy/policy.schema.ts';
import { kvStoresConfig } from '../secrets/kv-store.schema.ts';
import { callApiConfig } from '../tools/call-api.tool.ts';
import { logsConfig } from '../tools/logs.tool.ts';
import { prometheusConfig } from '../tools/metrics.tool.ts';
import { notificationsConfig } from '../tools/notification.tool.ts';
import { toolModuleConfig } from '../tools/tool-module.schema.ts';
import { remediationConfig } from '../tools/remediation.schema.ts';
import { runbooksConfig } from '../tools/runbook.tool.ts';
import { outputBytesMax } from './fields.schema.ts';
import { mcpServerUpstream } from './mcp-server.schema.ts';
import { upstream, type UpstreamConfig } from './upstream.schema.ts';

const limits = z.strictObject({
  outputBytesMax: outputBytesMax.default(100_000),
  argumentsBytesMax: z.int().min(1_000).max(100_000).default(64_000),
  argumentsDepthMax: z.int().min(1).max(100).default(32),
});
export type LimitsConfig = z.output<typeof limits>;

const moduleName = token.refine((name) => !name.includes('__'), 'may not hold __');

/** `<upstream>__<tool>` has to be of one upstream, whatever the names. */
const upstreamName = token.regex(/^[a-zA-Z0-9-]+(_[a-zA-Z0-9-]+)*$/);
const upstreamsOf = <T extends z.ZodType>(kind: T) =>
  z.record(upstreamName, kind, {
    error: ({ code }) =>
      code === 'invalid_key' ? 'may have letters, digits, - and single _ inside only' : undefined,
  });

const switchedOn = (servers: Readonly<Record<string, UpstreamConfig | undefined>>) =>
  Object.fromEntries(Object.entries(servers).flatMap(([name, its]) => (its ? [[name, its]] : [])));

/** What a gateway offers, to whom, and within which limits. */
export const gatewayConfigSchema = z.strictObject({
  upstreams: upstreamsOf(upstream).default({}),
  /** Further upstreams, as other MCP clients write them. */
  mcpServers: upstreamsOf(mcpServerUpstream).transform(switchedOn).prefault({}),
  /** Where our own tools may send requests to. */
  http: z.strictObject({ allow: destinationList }).prefault({}),
  /** Where references lead that are neither `env:` nor `file:`. */
  secretStores: kvStoresConfig.prefault({}),
  /** Tools of yours, each a file. */
  tools: z.record(moduleName, toolModuleConfig).default({}),
  runbooks: runbooksConfig.optional(),
  prometheus: prometheusConfig.optional(),
  logs: logsConfig.optional(),
  apis: callApiConfig.optional(),
  notifications: notificationsConfig.optional(),
  remediation: remediationConfig.optional(),
  /** `POST /execute` and `GET /health`; absent: no port is opened. */
  edge: edgeConfig.optional(),
  policy: policySchema.default({ allow: [] }),
  limits: limits.prefault({}),
});
export type GatewayConfig = z.output<typeof gatewayConfigSchema> & {
  /** Absolute. */
  readonly file: string;
  /** Absolute: relative paths in it mean this folder. */
  readonly folder: string;
};
