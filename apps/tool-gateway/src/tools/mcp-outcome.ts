import {
  InsufficientScopeError,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  type CallToolResult,
} from '@modelcontextprotocol/client';
import type { Json } from '@signalbox/kernel';
import { AnswerTooLarge } from '../http/answer-extent.ts';
import { AddressNotAllowed } from '../http/destination-guard.ts';
import {
  failed,
  interrupted,
  stoppedBy,
  type ToolFailure,
  type ToolResult,
} from '../ports/tool.port.ts';
import { AnswerLost, NO_ANSWER } from './inbound-messages.ts';

/** Before these a connection was not there, so that nothing was sent. */
const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT'];
/** How servers answer to a session that they do not know; the first is the protocol's. */
const SESSION_UNKNOWN = [404, 400];
/** What comes of a tool that asks back, by the server's word or by its answer. */
const ASKED_BACK = [SdkErrorCode.CapabilityNotSupported, SdkErrorCode.InputRequiredRoundsExceeded];

export function answered(answer: CallToolResult): ToolResult {
  const { content, structuredContent } = answer;
  if (answer.isError === true) {
    const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    const message = texts.join('\n') || 'The tool says that it failed, and not why.';
    return failed('tool_error', message);
  }
  const result = structuredContent === undefined ? { content } : { content, structuredContent };
  return { status: 'succeeded', result: result as unknown as Json };
}

/** The server said, before it did anything, that it does not know our session. */
export function isSessionUnknown(error: unknown): boolean {
  return error instanceof SdkHttpError && SESSION_UNKNOWN.includes(error.status);
}

/** `signal` of the call; `lostBecause`: why the session is over, if it is. */
export function failureOf(error: unknown, signal: AbortSignal, lostBecause?: string): ToolFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (signal.aborted) return interrupted('cancelled', `It was stopped, ${stoppedBy(signal)}.`);
  if (isSessionUnknown(error)) return failed('session_lost', message);
  const cause = causeOf(error);
  if (cause instanceof AnswerTooLarge) {
    return failed('answer_too_large', `It sent ${cause.message}.`);
  }
  if (lostBecause !== undefined) return interrupted('upstream_lost', `${message}: ${lostBecause}`);
  if (cause instanceof AnswerLost) return interrupted('upstream_lost', cause.message);
  const status = statusOf(error);
  if (status !== undefined) {
    const code = status >= 300 && status < 400 ? 'redirected' : 'http_status';
    return failed(code, wordsOf(error));
  }
  if (cause instanceof AddressNotAllowed) return failed('host_not_allowed', cause.message);
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (NOT_CONNECTED.includes(code)) return failed('connect_failed', `${message}: ${code}`);
  if (asksBack(error)) {
    const advice =
      'Say in its arguments what it asks for if it takes it there, or use another tool.';
    const why = `The tool asks back before it acts, and nobody is there to answer: ${message}`;
    return failed('input_required', `${why} ${advice}`);
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
    return interrupted('timeout', message);
  }
  // It was sent, and the connection went before the answer.
  const isTold = error instanceof SdkError || error instanceof ProtocolError;
  if (!isTold && cause !== error && cause instanceof Error) {
    return interrupted('upstream_lost', `${message}: ${cause.message}`);
  }
  return failed('protocol_error', wordsOf(error));
}

/** What went wrong, in words; of what was no message of the protocol not each of its faults. */
export function wordsOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const status = statusOf(error);
  if (status !== undefined) return `HTTP ${status}: ${message}`;
  return ['ZodError', '$ZodError', 'SyntaxError'].includes(name) ? NO_ANSWER : message;
}

/** With which status the server refused a message over HTTP; absent when it did not. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof InsufficientScopeError) return 403;
  return error instanceof SdkHttpError ? error.status : undefined;
}

/** The newer revision's tools may; https://modelcontextprotocol.io/specification */
function asksBack(error: unknown): boolean {
  if (error instanceof SdkError) return ASKED_BACK.includes(error.code);
  const { MissingRequiredClientCapability } = ProtocolErrorCode;
  return error instanceof ProtocolError && error.code === MissingRequiredClientCapability;
}

/** What is at the bottom of it. */
function causeOf(error: unknown): unknown {
  if (error instanceof ProtocolError && error.data instanceof Error) return error.data;
  return error instanceof Error && error.cause !== undefined ? causeOf(error.cause) : error;
}
