import { setTimeout as delay } from 'node:timers/promises';
import type { HttpOutcome, OutgoingHttp } from '../http/outgoing-http.ts';
import { boundedJson } from '../http/parsed-json.ts';
import {
  failed,
  interrupted,
  stoppedBy,
  type ToolFailure,
  type ToolResult,
} from '../ports/tool.port.ts';
import type { JobApi, RunnerRequest, StartedJob } from './job-api.ts';
import type { JobConfig, RunnerConfig } from './job-runner.schema.ts';
import { accepted } from './toolbox.ts';

const ANSWER_BYTES_MAX = 1_000_000;
const REQUEST_MAX_MS = 15_000;
/** No tool is waited for much longer once it has to stop. */
const STOP_MAX_MS = 3_000;

export interface JobOrder {
  readonly command: string;
  readonly target: string;
  readonly callId: string;
  readonly job: JobConfig;
  /** Until the job has ended. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface JobRunOptions {
  readonly api: JobApi;
  readonly config: RunnerConfig;
  /** The API token itself. */
  readonly token: string;
  readonly http: Pick<OutgoingHttp, 'send'>;
}

/**
 * One job of a runner, from its start to its end. What may have been started and whose end nobody
 * saw is `interrupted`: `start_unknown`, `target_ignored`, `timeout`, `cancelled`. Else `failed`:
 * `target_not_taken`, `job_failed`, and the codes of `ask`.
 */
export class JobRun {
  constructor(private readonly options: JobRunOptions) {}

  async run(order: JobOrder): Promise<ToolResult> {
    const timeout = AbortSignal.timeout(order.timeoutMs);
    const until = AbortSignal.any([order.signal, timeout]);
    const refusal = await this.refusalOf(order);
    if (refusal) return refusal;
    const started = await this.start(order);
    if ('status' in started) return started;
    const seen = await this.endOf(started, until);
    const what = `${order.command} ${order.target}`;
    const which = `the job ${started.id} of ${order.job.runner}${linkOf(started)}`;
    if (seen.ended === undefined) {
      await this.stop(started);
      const code = order.signal.aborted ? 'cancelled' : 'timeout';
      const why = order.signal.aborted ? stoppedBy(order.signal) : `after ${order.timeoutMs} ms`;
      const asked = `${what}: ${which} was asked to stop, ${why}`;
      return interrupted(code, `${asked}; last seen: ${seen.status}.`);
    }
    if (seen.ended === 'badly') {
      return failed('job_failed', `${what}: ${which} ended as ${seen.status}.`);
    }
    const { command, target } = order;
    const job = { runner: order.job.runner, id: started.id, status: seen.status };
    const link = started.link === undefined ? {} : { link: started.link };
    return { status: 'succeeded', result: { command, target, job: { ...job, ...link } } };
  }

  /** Before anything is started: whether the job would take the target at all. */
  private async refusalOf({ job, command, signal }: JobOrder): Promise<ToolFailure | undefined> {
    const { api } = this.options;
    if (!api.check || !api.takesTarget) return undefined;
    const outcome = accepted(await this.send(api.check(job), signal), job.runner);
    // Nothing has happened yet, whatever became of the question.
    if (outcome.status !== 'answered') return failed(outcome.code, outcome.message);
    if (api.takesTarget(boundedJson(outcome.body))) return undefined;
    const message =
      `${command}: the job ${job.id} of ${job.runner} takes no variables, so it was not started. ` +
      'It has to ask for them on launch.';
    return failed('target_not_taken', message);
  }

  private async start(order: JobOrder): Promise<StartedJob | ToolFailure> {
    const { api } = this.options;
    const { job, command, target, callId } = order;
    const options = {
      [job.option]: target,
      ...(job.callIdOption === undefined ? {} : { [job.callIdOption]: callId }),
    };
    const headers = { 'idempotency-key': callId };
    const outcome = await this.send(api.start(job, options), order.signal, headers);
    const unknown = (why: string) => {
      const message = `${command} ${target}: ${job.runner} may have started the job: ${why}`;
      return interrupted('start_unknown', message);
    };
    if (outcome.status === 'interrupted') return unknown(outcome.message);
    if (outcome.status === 'failed') {
      return outcome.code === 'answer_too_large' ? unknown(outcome.message) : outcome;
    }
    // Who stands between us and the runner may have given up while it went on.
    if (outcome.code >= 500) return unknown(`it answered ${outcome.code}.`);
    const taken = accepted(outcome, job.runner);
    if (taken.status !== 'answered') return taken;
    const started = api.started(boundedJson(taken.body), job);
    if (!started) return unknown('it answered with no job.');
    if (!started.targetIgnored) return started;
    await this.stop(started);
    const message =
      `${command} ${target}: ${job.runner} started the job ${started.id}${linkOf(started)} without ` +
      'the target. It was asked to stop.';
    return interrupted('target_ignored', message);
  }

  /** Asks until it has ended or the time is up; a question that fails is asked again. */
  private async endOf({ id }: StartedJob, until: AbortSignal) {
    const { api, config } = this.options;
    let status = 'started';
    while (!until.aborted) {
      const outcome = await this.send(api.state(id), until);
      const state =
        outcome.status === 'answered' ? api.stateIn(boundedJson(outcome.body)) : undefined;
      if (state?.ended !== undefined) return state;
      status = state?.status ?? status;
      await delay(config.pollEveryMs, undefined, { signal: until }).catch(() => undefined);
    }
    return { status, ended: undefined };
  }

  /** As well as it can: the call is parked either way. */
  private async stop({ id }: StartedJob): Promise<void> {
    await this.send(this.options.api.stop(id), AbortSignal.timeout(STOP_MAX_MS));
  }

  private send(
    { method, path, body }: RunnerRequest,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpOutcome> {
    const { api, config, token, http } = this.options;
    const content = method === 'GET' ? {} : { 'content-type': 'application/json' };
    return http.send({
      method,
      url: config.url + path,
      headers: { accept: 'application/json', ...content, ...headers, ...api.headers(token) },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
      timeoutMs: REQUEST_MAX_MS,
      bytesMax: ANSWER_BYTES_MAX,
      signal,
    });
  }
}

const linkOf = ({ link }: StartedJob) => (link === undefined ? '' : ` (${link})`);
