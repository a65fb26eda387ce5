import type { Clock } from '@signalbox/kernel';
import type { BlobStore, EventStore } from '@signalbox/messaging';
import type { HttpOutcome, HttpRequest, OutgoingHttp } from '../http/outgoing-http.ts';
import { failed, type ToolResult } from '../ports/tool.port.ts';
import type { Redactor } from '../secrets/redactor.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Sandbox } from './sandbox.ts';

const SAID_CHARACTERS_MAX = 500;

/** What our own tools reach the outside with. */
export interface Toolbox {
  readonly http: OutgoingHttp;
  readonly secrets: Secrets;
  /** For what a tool puts elsewhere than into its answer. */
  readonly redactor: Redactor;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
  /** What has happened; read, never written, by a tool. */
  readonly store: Pick<EventStore, 'read'>;
  readonly blobs: BlobStore;
  /** Absolute: where programs run, and what relative paths mean. */
  readonly folder: string;
}

/** What a tool answers that nobody has configured: the model can go on without it. */
export function notConfigured(tool: string, member: string): ToolResult {
  const message = `${tool} is not configured here: the gateway's configuration has no ${member}.`;
  return { status: 'succeeded', result: { configured: false, message } };
}

/** As `OutgoingHttp.send`; an answer that is not 2xx is `failed`: `redirected`, `http_status`. */
export async function ask(
  { http }: Pick<Toolbox, 'http'>,
  peer: string,
  request: HttpRequest,
): Promise<HttpOutcome> {
  return accepted(await http.send(request), peer);
}

/** The outcome, or `failed` in place of an answer that is not 2xx. */
export function accepted(outcome: HttpOutcome, peer: string): HttpOutcome {
  if (outcome.status !== 'answered') return outcome;
  const { code, body } = outcome;
  if (code >= 200 && code < 300) return outcome;
  if (code < 400) {
    return failed('redirected', `${peer} redirects (${code}), which is not followed.`);
  }
  const said = body.slice(0, SAID_CHARACTERS_MAX).trim();
  return failed('http_status', `${peer} answered ${code}${said && `: ${said}`}`);
}

export function unexpectedAnswer(peer: string, why: string): ToolResult {
  return failed('unexpected_answer', `${peer} answered ${why}.`);
}
