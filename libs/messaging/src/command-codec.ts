import {
  AppError,
  parse,
  ULID_PATTERN,
  type Actor,
  type Command,
  type MessageContext,
} from '@signalbox/kernel';
import { z } from 'zod';
import type { SendOptions } from './command-bus.port.ts';
import { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
import { headerNames } from './headers.ts';
import type { ReceivedMessage } from './received-message.ts';
import { continueTrace } from './trace-context.ts';

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

const text = z.string().min(1).max(200).transform(decodeHeaderValue);
const ACTOR = /^(person|service|source|agent):.+$/;

const envelopeSchema = z.object({
  [headerNames.id]: z.string().regex(ULID_PATTERN, 'must be a ULID'),
  [headerNames.correlationId]: text,
  [headerNames.causationId]: text,
  [headerNames.actor]: text.pipe(
    z.string().regex(ACTOR, 'must be person:, service:, source: or agent: and an id'),
  ),
  [headerNames.epoch]: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number),
  [headerNames.traceparent]: z.string().optional(),
});

/** A command off the wire; its data is not checked against the command's schema yet. */
export interface CommandEnvelope extends MessageContext {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

/** CloudEvents headers, in printable ASCII, and body; `source` names the service that sends. */
export function encodeCommand(
  command: Command,
  { id, context }: SendOptions,
  { source, now }: { readonly source: string; readonly now: Date },
): { readonly headers: Readonly<Record<string, string>>; readonly bytes: Uint8Array } {
  const type = `${command.service}.${command.name}`;
  const headers = {
    [headerNames.specVersion]: '1.0',
    [headerNames.id]: encodeHeaderValue(id),
    [headerNames.type]: type,
    [headerNames.source]: encodeHeaderValue(source),
    [headerNames.time]: now.toISOString(),
    [headerNames.dataSchema]: `urn:signalbox:command:${type}`,
    [headerNames.contentType]: 'application/json',
    [headerNames.correlationId]: encodeHeaderValue(context.correlationId),
    [headerNames.causationId]: encodeHeaderValue(context.causationId),
    [headerNames.actor]: encodeHeaderValue(context.actor),
    [headerNames.epoch]: String(context.epoch),
    [headerNames.traceparent]: encodeHeaderValue(context.traceparent ?? continueTrace()),
    ...(command.lane !== undefined && { [headerNames.lane]: encodeHeaderValue(command.lane) }),
  };
  return { headers, bytes: utf8.encode(JSON.stringify(command.data)) };
}

/**
 * The command a message carries, its trace continued by a span of this hop.
 * @throws AppError `invalid` naming the header that is missing or wrong, or the body.
 */
export function decodeCommand(message: ReceivedMessage): CommandEnvelope {
  const envelope = parse(envelopeSchema, message.headers, `headers of ${message.subject}`);
  return {
    id: envelope[headerNames.id],
    name: message.subject.split('.').at(-1) ?? '',
    data: jsonBody(message),
    correlationId: envelope[headerNames.correlationId],
    causationId: envelope[headerNames.causationId],
    actor: envelope[headerNames.actor] as Actor,
    epoch: envelope[headerNames.epoch],
    traceparent: continueTrace(envelope[headerNames.traceparent]),
  };
}

/** Whose turn a command takes; undefined for one that comes before all that wait for a turn. */
export function laneOf({ headers }: ReceivedMessage): string | undefined {
  return headers[headerNames.lane];
}

/** @throws AppError `invalid` when the body is not JSON in UTF-8. */
export function jsonBody({ subject, bytes }: ReceivedMessage): unknown {
  try {
    return JSON.parse(strictUtf8.decode(bytes)) as unknown;
  } catch (cause) {
    const problem = `is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new AppError({
      code: 'invalid_body',
      kind: 'invalid',
      message: `${subject}: (body): ${problem}`,
      fields: [{ field: '', problem }],
      cause,
    });
  }
}
