import { instant, problemIdOf, type Signal, signalIdOf, signalSchema } from '@signalbox/contracts';
import { digestOf, json, parse } from '@signalbox/kernel';
import { headerNames, type ReceivedMessage } from '@signalbox/messaging';
import { z } from 'zod';
import { cloudEventIn } from './cloud-event.ts';

/** The members that mean something to us where they are there; the rest is payload. */
const saidSchema = z.object({
  title: z.string().min(1).max(1000).optional(),
  severity: z.string().max(20).optional(),
  status: z.enum(['firing', 'resolved']).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  /** Names the problem, so that its reports are told from those of others. */
  fingerprint: z.string().min(1).max(200).optional(),
  startsAt: instant.optional(),
  payload: json.optional(),
});

/**
 * A signal of a publisher that knows nothing of us but the subject: plain JSON, or CloudEvents.
 * Who sent it and what it is comes from the subject, because that is what permissions guard; that
 * it was signed nobody can claim here.
 * @throws AppError `invalid`, naming the field.
 */
export function foreignSignalOf(message: ReceivedMessage, body: unknown): Signal {
  const event = cloudEventIn(message, body);
  const content = event ? event.data : body;
  const said = parse(saidSchema, event && !isObject(content) ? {} : content, 'signal');
  const { title, severity, status, fingerprint } = said;
  const [, , source = '', ...type] = message.subject.split('.');
  const labels = { ...said.labels, ...event?.labels };
  // The time of an event that reports a problem does not say when the problem began.
  const began = startOf(said.startsAt ?? (fingerprint === undefined ? event?.time : undefined));
  const id = signalIdOf(message);
  const signal = {
    id,
    source,
    type: type.join('.'),
    title: title ?? `${type.join('.')} from ${source}`,
    severity,
    status,
    labels,
    fingerprint: fingerprint ?? digestOf({ subject: message.subject, title, labels }),
    problemId: fingerprint && problemIdOf(source, fingerprint),
    startsAt: (began ?? message.time).toISOString(),
    startsAtKnown: began !== undefined,
    receivedAt: message.time.toISOString(),
    payload: said.payload ?? content ?? event?.labels,
    raw: {
      sha256: digestOf(message.bytes),
      bytes: message.bytes.length,
      contentType: message.headers[headerNames.contentType] ?? 'application/json',
      deliveryId: id,
    },
    signature: 'unsigned',
  };
  return parse(signalSchema, signal, 'signal');
}

/** Some write a time that they do not know as the year 1. */
function startOf(said: string | undefined): Date | undefined {
  const time = instant.safeParse(said);
  const began = new Date(time.success ? time.data : Number.NaN);
  return began.getTime() > 0 ? began : undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
