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
import type { ToolResult } from '../ports/tool.port.ts';
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
    return { status: 'failed', code: 'tool_error', message };
  }
  const result = structuredContent === undefined ? { content } : { content, structuredContent };
  return { status: 'succeeded', result: result as unknown as Json };
}

/** The server said, before it did anything, that it does not know our session. */
export function isSessionUnknown(error: unknown): boolean {
  return error instanceof SdkHttpError && SESSION_UNKNOWN.includes(error.status);
}

export interface Interruption {
  /** Why the session is over, if it is. */
  readonly lostBecause?: string | undefined;
  /** What stopped the call, if anything did. */
  readonly stopped?: string | undefined;
}

export function failureOf(error: unknown, { lostBecause, stopped }: Interruption): ToolResult {
  const message = error instanceof Error ? error.message : String(error);
  if (stopped !== undefined) {
    return { status: 'interrupted', code: 'cancelled', message: `It was stopped, ${stopped}.` };
  }
  if (isSessionUnknown(error)) return { status: 'failed', code: 'session_lost', message };
  const cause = causeOf(error);
  if (cause instanceof AnswerTooLarge) {
    return { status: 'failed', code: 'answer_too_large', message: `It sent ${cause.message}.` };
  }
  if (lostBecause !== undefined) {
    return { status: 'interrupted', code: 'upstream_lost', message: `${message}: ${lostBecause}` };
  }
  if (cause instanceof AnswerLost) {
    return { status: 'interrupted', code: 'upstream_lost', message: cause.message };
  }
  const status = statusOf(error);
  if (status !== undefined) {
    const code = status >= 300 && status < 400 ? 'redirected' : 'http_status';
    return { status: 'failed', code, message: wordsOf(error) };
  }
  if (cause instanceof AddressNotAllowed) {
    return { status: 'failed', code: 'host_not_allowed', message: cause.message };
  }
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (NOT_CONNECTED.includes(code)) {
    return { status: 'failed', code: 'connect_failed', message: `${message}: ${code}` };
  }
  if (asksBack(error)) {
    const advice =
      'Say in its arguments what it asks for if it takes it there, or use another tool.';
    const why = `The tool asks back before it acts, and nobody is there to answer: ${message}`;
    return { status: 'failed', code: 'input_required', message: `${why} ${advice}` };
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout) {
    return { status: 'interrupted', code: 'timeout', message };
  }
  // It was sent, and the connection went before the answer.
  const isTold = error instanceof SdkError || error instanceof ProtocolError;
  if (!isTold && cause !== error && cause instanceof Error) {
    return {
      status: 'interrupted',
      code: 'upstream_lost',
      message: `${message}: ${cause.message}`,
    };
  }
  return { status: 'failed', code: 'protocol_error', message: wordsOf(error) };
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
