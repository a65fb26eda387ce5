import { token } from '@signalbox/contracts';
import { z } from 'zod';
import { re2, timeoutMs } from '../gateway-config/fields.schema.ts';
import { confinementFields } from '../gateway-config/sandbox.schema.ts';
import { variables } from '../gateway-config/upstream.schema.ts';
import { jobConfig, runnerConfig } from './job-runner.schema.ts';

/** What looks like one of ours; templates of other programs have more within the braces. */
const PLACEHOLDER = /\{\{(?!(?:target|callId)\}\})\w+\}\}/;

const command = z
  .strictObject({
    /** The program and its arguments; `{{target}}` and `{{callId}}` are filled in. No shell. */
    argv: z
      .array(
        z.string().refine((word) => !PLACEHOLDER.test(word), {
          error: 'has a placeholder that is none: there are {{target}} and {{callId}}',
        }),
      )
      .min(1)
      .optional(),
    /** Of a runner, instead of a program. */
    job: jobConfig.optional(),
    timeoutMs: timeoutMs.default(60_000),
    targets: re2.default('[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}'),
  })
  .refine(({ argv, job }) => (argv === undefined) !== (job === undefined), {
    path: ['argv'],
    message: 'give either argv or job',
  });
export type RemediationCommand = z.output<typeof command>;

export const remediationConfig = z
  .strictObject({
    env: variables.default({}),
    ...confinementFields,
    runners: z.record(token, runnerConfig).default({}),
    commands: z
      .record(token, command)
      .refine((commands) => Object.keys(commands).length > 0, 'names no command'),
  })
  .superRefine(({ commands, runners }, context) => {
    for (const [name, { job }] of Object.entries(commands)) {
      if (!job || Object.hasOwn(runners, job.runner)) continue;
      const path = ['commands', name, 'job', 'runner'];
      context.addIssue({ code: 'custom', path, message: 'is not under remediation.runners' });
    }
  });
export type RemediationConfig = z.output<typeof remediationConfig>;
