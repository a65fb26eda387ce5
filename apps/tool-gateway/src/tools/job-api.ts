import { z } from 'zod';
import { httpUrl } from '../gateway-config/fields.schema.ts';
import type { HttpRequest } from '../http/outgoing-http.ts';
import type { JobConfig, RunnerConfig } from './job-runner.schema.ts';

const LINK_CHARACTERS_MAX = 500;

/** A request to a runner, its path behind the runner's URL. */
export type RunnerRequest = Pick<HttpRequest, 'method'> & {
  readonly path: string;
  readonly body?: unknown;
};

export interface StartedJob {
  readonly id: string;
  /** For people; absent when the runner tells none. */
  readonly link?: string;
  /** It does not know what it should act on. */
  readonly targetIgnored?: boolean;
}

export interface JobState {
  readonly status: string;
  readonly ended?: 'well' | 'badly';
}

/** How a runner is spoken to: its requests, and what its answers mean. Absent: not what it says. */
export interface JobApi {
  readonly headers: (token: string) => Readonly<Record<string, string>>;
  /** A question to ask before a job is started, and whether its answer says that it takes a target. */
  readonly check?: (job: JobConfig) => RunnerRequest;
  readonly takesTarget?: (answer: unknown) => boolean;
  readonly start: (job: JobConfig, options: Readonly<Record<string, string>>) => RunnerRequest;
  readonly started: (answer: unknown, job: JobConfig) => StartedJob | undefined;
  readonly state: (id: string) => RunnerRequest;
  readonly stateIn: (answer: unknown) => JobState | undefined;
  readonly stop: (id: string) => RunnerRequest;
}

export function jobApiOf(config: RunnerConfig): JobApi {
  return config.kind === 'rundeck' ? rundeck(config.apiVersion) : awx(config.url);
}

const jobId = z
  .union([z.int().positive(), z.string().regex(/^[A-Za-z0-9-]{1,64}$/)])
  .transform(String);
const status = z.string().max(100);

const rundeckExecution = z.object({
  id: jobId,
  status: status.optional(),
  permalink: httpUrl.max(LINK_CHARACTERS_MAX).optional().catch(undefined),
});
/** What is none of these goes on. A retry is an execution of its own. */
const RUNDECK_ENDS: Readonly<Record<string, JobState['ended']>> = {
  succeeded: 'well',
  failed: 'badly',
  'failed-with-retry': 'badly',
  aborted: 'badly',
  timedout: 'badly',
  other: 'badly',
};

/**
 * Jobs, executions and their states as Rundeck has them:
 * https://docs.rundeck.com/docs/api/#running-a-job
 * https://docs.rundeck.com/docs/api/#execution-info
 */
function rundeck(version: number): JobApi {
  const base = `/api/${version}`;
  return {
    headers: (token) => ({ 'x-rundeck-auth-token': token }),
    start: ({ id }, options) => ({
      method: 'POST',
      path: `${base}/job/${id}/run`,
      body: { options },
    }),
    started: (answer) => {
      const { data } = rundeckExecution.safeParse(answer);
      return data && { id: data.id, ...(data.permalink ? { link: data.permalink } : {}) };
    },
    state: (id) => ({ method: 'GET', path: `${base}/execution/${id}` }),
    stateIn: (answer) => stateOf(rundeckExecution.safeParse(answer).data?.status, RUNDECK_ENDS),
    stop: (id) => ({ method: 'POST', path: `${base}/execution/${id}/abort` }),
  };
}

const awxLaunch = z.object({ ask_variables_on_launch: z.boolean(), survey_enabled: z.boolean() });
const awxStarted = z.object({
  job: jobId,
  ignored_fields: z
    .object({ extra_vars: z.record(z.string(), z.unknown()).optional() })
    .optional()
    .catch(undefined),
});
const AWX_ENDS: Readonly<Record<string, JobState['ended']>> = {
  successful: 'well',
  failed: 'badly',
  error: 'badly',
  canceled: 'badly',
};

const launchOf = ({ id }: JobConfig) => `/api/v2/job_templates/${id}/launch/`;

/**
 * Job templates and jobs as AWX has them. A template that asks for no variables drops them without
 * a word, and the job runs on whatever it likes.
 * https://docs.ansible.com/ansible-tower/latest/html/towerapi/launch_jobtemplate.html
 * https://docs.ansible.com/ansible-tower/latest/html/towerapi/api_ref.html
 */
function awx(url: string): JobApi {
  return {
    headers: (token) => ({ authorization: `Bearer ${token}` }),
    check: (job) => ({ method: 'GET', path: launchOf(job) }),
    takesTarget: (answer) => {
      const { data } = awxLaunch.safeParse(answer);
      return data !== undefined && (data.ask_variables_on_launch || data.survey_enabled);
    },
    start: (job, options) => ({
      method: 'POST',
      path: launchOf(job),
      body: { extra_vars: options },
    }),
    started: (answer, { option }) => {
      const { data } = awxStarted.safeParse(answer);
      if (!data) return undefined;
      const targetIgnored = Object.hasOwn(data.ignored_fields?.extra_vars ?? {}, option);
      const link = `${url}/#/jobs/playbook/${data.job}/output`;
      return { id: data.job, link, targetIgnored };
    },
    state: (id) => ({ method: 'GET', path: `/api/v2/jobs/${id}/` }),
    stateIn: (answer) => stateOf(z.object({ status }).safeParse(answer).data?.status, AWX_ENDS),
    stop: (id) => ({ method: 'POST', path: `/api/v2/jobs/${id}/cancel/` }),
  };
}

function stateOf(
  name: string | undefined,
  ends: Readonly<Record<string, JobState['ended']>>,
): JobState | undefined {
  if (name === undefined) return undefined;
  const ended = Object.hasOwn(ends, name) ? ends[name] : undefined;
  return { status: name, ...(ended ? { ended } : {}) };
}
