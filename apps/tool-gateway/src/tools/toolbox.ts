import type { Clock } from '@signalbox/kernel';
import type { HttpAnswer, HttpOutcome, HttpRequest, OutgoingHttp } from '../http/outgoing-http.ts';
import type { ToolResult } from '../ports/tool.port.ts';
import type { Secrets } from '../secrets/secrets.ts';

const SAID_CHARACTERS_MAX = 500;

/** What our own tools reach the outside with. */
export interface Toolbox {
  readonly http: OutgoingHttp;
  readonly secrets: Secrets;
  readonly clock: Clock;
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
  const outcome = await http.send(request);
  return outcome.status === 'answered' ? accepted(outcome, peer) : outcome;
}

function accepted(answer: HttpAnswer, peer: string): HttpOutcome {
  const { code, body } = answer;
  if (code >= 200 && code < 300) return answer;
  if (code < 400) {
    const message = `${peer} redirects (${code}), which is not followed.`;
    return { status: 'failed', code: 'redirected', message };
  }
  const said = body.slice(0, SAID_CHARACTERS_MAX).trim();
  const message = `${peer} answered ${code}${said && `: ${said}`}`;
  return { status: 'failed', code: 'http_status', message };
}

export function unexpectedAnswer(peer: string, why: string): ToolResult {
  return { status: 'failed', code: 'unexpected_answer', message: `${peer} answered ${why}.` };
}

/** The value that `text` is JSON of; absent when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
