import { z } from 'zod';
import { headersConfig, secretText } from '../secrets/secret-reference.ts';
import { carefulFields, httpUrl, namePattern, timeoutMs } from './fields.schema.ts';
import { confinementFields } from './sandbox.schema.ts';

const MEMORY_BYTES_DEFAULT = 1_073_741_824;

/** Variables of a program's environment, which has no others. */
export const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), secretText);

const toolRule = z.strictObject(carefulFields);
export type ToolRule = z.output<typeof toolRule>;

const stdio = z
  .strictObject({
    command: z.string().min(1).optional(),
    /** An installed npm package that brings one command, instead of `command`. */
    package: z.string().min(1).optional(),
    args: z.array(z.string()).default([]),
    env: variables.default({}),
    /** Of the server and what it starts, together; above it is killed. Linux only. */
    memoryBytesMax: z.int().min(1_000_000).default(MEMORY_BYTES_DEFAULT),
    ...confinementFields,
  })
  .refine((server) => (server.command === undefined) !== (server.package === undefined), {
    path: ['command'],
    message: 'give either command or package',
  });
export type StdioConfig = z.output<typeof stdio>;

/** Streamable HTTP. `http.allow` has to list where the URL leads. */
const http = z.strictObject({ url: httpUrl, headers: headersConfig });
export type HttpUpstreamConfig = z.output<typeof http>;

const upstreamFields = z.strictObject({
  stdio: stdio.optional(),
  http: http.optional(),
  /** The tools that are offered, by the upstream's own name; the first pattern that fits counts. */
  tools: z.record(namePattern, toolRule),
  timeoutMs: timeoutMs.default(30_000),
  /** Without a call for so long it is stopped, and started again when it is needed. */
  idleTimeoutMs: z.int().min(100).default(600_000),
  /** How often it is asked whether it is well while it does nothing. */
  pingEveryMs: z.int().min(100).default(30_000),
  /** Calls that it gets at once, and those that may wait for their turn. */
  concurrency: z.int().min(1).max(1_000).default(16),
  queueMax: z.int().min(0).max(10_000).default(100),
});
export type UpstreamConfig = z.output<typeof upstreamFields>;

export const upstream = upstreamFields.refine(
  (given) => (given.stdio === undefined) !== (given.http === undefined),
  { path: ['stdio'], message: 'give either stdio or http' },
);
