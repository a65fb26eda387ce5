import { token } from '@signalbox/contracts';
import { z } from 'zod';
import { baseUrl } from '../gateway-config/fields.schema.ts';
import { secretReference } from '../secrets/secret-reference.ts';

const optionName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/);

const runnerFields = {
  /** Without `/api`. `http.allow` has to list where it leads. */
  url: baseUrl,
  /** Reference to an API token. */
  token: secretReference,
  pollEveryMs: z.int().min(50).max(60_000).default(2_000),
};

/** A service that runs jobs of others, by its HTTP API. */
export const runnerConfig = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rundeck'),
    ...runnerFields,
    apiVersion: z.int().min(18).max(99).default(24),
  }),
  z.strictObject({ kind: z.literal('awx'), ...runnerFields }),
]);
export type RunnerConfig = z.output<typeof runnerConfig>;

export const jobConfig = z.strictObject({
  /** A name under `remediation.runners`. */
  runner: token,
  /** The UUID of a Rundeck job, or the number of an AWX job template. */
  id: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  /** The job's option, or the template's extra variable, that takes the target. */
  option: optionName.default('target'),
  /** Another that takes the call's id, so that the job can refuse to run twice for it. */
  callIdOption: optionName.optional(),
});
export type JobConfig = z.output<typeof jobConfig>;
