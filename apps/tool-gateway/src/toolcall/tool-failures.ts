import type { ToolFailure } from '../ports/tool.port.ts';

/** What whoever reads a failure knows of the effect, and what there is to do. */
export interface FailureMeaning {
  /** `none`: nothing was done. `possible`: it ran, or may have, and did all, some or nothing. */
  readonly effect: 'none' | 'possible';
  /** For the model. */
  readonly next: string;
}

const none = (next: string): FailureMeaning => ({ effect: 'none', next });
const possible = (next: string): FailureMeaning => ({ effect: 'possible', next });

const ADMINISTRATOR = 'Whoever runs the gateway has to mend this; go on without it.';
const OTHER_ADDRESS = 'Use another address, or go on without it.';
const LATER = 'Try again later, or go on without it.';
const LESS = 'Ask for less.';
const LOOK = 'Read what it says, and look at the state of things.';

/**
 * The codes of `failed` results of the tools that come with the product. `docs/guides/tool-errors.md`
 * lists them all. What is `interrupted` may have had an effect whatever its code is.
 */
export const FAILURES: Readonly<Record<string, FailureMeaning>> = {
  missing_credential: none(ADMINISTRATOR),
  credential_forbidden: none(ADMINISTRATOR),
  credential_store_unavailable: none(LATER),
  invalid_url: none(OTHER_ADDRESS),
  host_not_allowed: none(OTHER_ADDRESS),
  connect_failed: none(LATER),
  timeout: none(LATER),
  cancelled: none('The gateway or the kill switch stopped it; do not start it again.'),
  connection_lost: none(LATER),
  not_started: none(LATER),
  no_sandbox: none(ADMINISTRATOR),
  queue_full: none(LATER),
  session_lost: none('Try again.'),
  definition_changed: none('The tool is another one by now; go on without it.'),
  tls_failed: none(ADMINISTRATOR),
  login_refused: none(ADMINISTRATOR),
  mail_refused: none(ADMINISTRATOR),
  target_not_taken: none(ADMINISTRATOR),
  no_such_log: none('Use one of the files that are there.'),
  no_such_runbook: none('Use one of the runbooks that are there.'),
  runbook_too_large: none('Search it instead.'),
  no_such_execution: none('Give the id of a run, or none for this one.'),
  report_not_kept: none(LATER),
  upstream_lost: possible(LATER),
  protocol_error: possible('Mend what it complains of, or go on without it.'),
  tool_error: possible(LOOK),
  input_required: possible(
    'Nobody can answer it here; say all in the arguments, or go on without it.',
  ),
  http_status: possible(LOOK),
  redirected: possible(OTHER_ADDRESS),
  unexpected_answer: possible(LOOK),
  answer_too_large: possible(LESS),
  exit_code: possible(LOOK),
  killed: possible(LOOK),
  job_failed: possible(LOOK),
  start_unknown: possible(LOOK),
  target_ignored: possible(LOOK),
  unexpected_result: possible(ADMINISTRATOR),
  tool_crashed: possible(ADMINISTRATOR),
};

/** What is told behind a failure's own message. A code that is not ours may mean anything. */
export function sequelOf({ status, code }: ToolFailure, repeatable: boolean): string {
  const known = Object.hasOwn(FAILURES, code) ? FAILURES[code] : undefined;
  const { effect, next } = known ?? possible(LOOK);
  if (effect === 'none' && status === 'failed') return `Nothing was done. ${next}`;
  return repeatable
    ? `It may have taken effect; doing it again does no harm. ${next}`
    : `It may have taken effect: find out before you do it again. ${next}`;
}
