import { instant, type Signal, signalSchema } from '@signalbox/contracts';
import { digestOf, idAt, json, jsonObject, parse } from '@signalbox/kernel';
import { headerNames, type ReceivedMessage } from '@signalbox/messaging';
import { z } from 'zod';

/** The members that mean something to us where they are there; the rest is payload. */
const foreignSchema = z.looseObject({
  title: z.string().min(1).max(1000).optional(),
  severity: z.string().max(20).optional(),
  status: z.enum(['firing', 'resolved']).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  fingerprint: z.string().max(200).optional(),
  startsAt: instant.optional(),
  payload: json.optional(),
});

/** CloudEvents 1.0, structured mode: the event's data is one member of the body. */
const structuredSchema = z.object({ specversion: z.literal('1.0'), data: jsonObject.default({}) });

/**
 * A signal of a publisher that knows nothing of us but the subject: plain JSON, or CloudEvents.
 * Who sent it and what it is comes from the subject, because that is what permissions guard.
 */
export function foreignSignalOf(message: ReceivedMessage, body: unknown): Signal {
  const structured = structuredSchema.safeParse(body);
  const data = parse(foreignSchema, structured.success ? structured.data.data : body, 'signal');
  const [, , source, ...type] = message.subject.split('.');
  const id = idAt(message.time, message.stream, message.sequence);
  const title = data.title ?? `${type.join('.')} from ${source}`;
  const labels = data.labels ?? {};
  const signal = {
    id,
    source,
    type: type.join('.'),
    title,
    severity: data.severity,
    status: data.status,
    labels,
    fingerprint: data.fingerprint ?? digestOf({ subject: message.subject, title, labels }),
    startsAt: data.startsAt ?? message.time.toISOString(),
    receivedAt: message.time.toISOString(),
    payload: data.payload ?? data,
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
