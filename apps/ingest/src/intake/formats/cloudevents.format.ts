import { parse, type Json, type JsonObject } from '@signalbox/kernel';
import { cloudEventData, decodeHeaderValue } from '@signalbox/messaging';
import { z } from 'zod';
import type { Delivery } from '../delivery.ts';
import type { SignalDraft, SignalFormat } from '../signal-format.ts';
import { at, textAt } from './json-path.ts';
import { timeOf } from './time-said.ts';
import { usualMembersOf } from './usual-members.ts';

const EVENTS_MAX = 2000;
const HEADER_PREFIX = 'ce-';
/** Attributes that are no labels: they are read, or say how the data is written. */
const READ = new Set(
  'specversion id source type time data data_base64 datacontenttype dataschema'.split(' '),
);

const attribute = z.string().min(1);
const eventSchema = z.object({
  specversion: z.literal('1.0'),
  id: attribute,
  source: attribute,
  type: attribute,
});
const batchSchema = z.array(eventSchema).min(1).max(EVENTS_MAX);

/**
 * CloudEvents 1.0 over HTTP, binary, structured, or a batch with a signal for each.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export const cloudeventsFormat: SignalFormat = {
  name: 'cloudevents',
  recognises: ({ body, headers, contentType }) =>
    headers[`${HEADER_PREFIX}specversion`] !== undefined ||
    /^application\/cloudevents\b/i.test(contentType) ||
    at(body, 'specversion') !== undefined,
  read: (delivery) => {
    const { body, contentType, headers } = delivery;
    if (headers[`${HEADER_PREFIX}specversion`] !== undefined) {
      return [draftOf(binaryEvent(delivery), '')];
    }
    if (!Array.isArray(body) && !/-batch\b/i.test(contentType)) return [draftOf(body, 'data')];
    parse(batchSchema, body, 'cloudevents batch');
    return (body as readonly Json[]).map((event, index) => draftOf(event, `${index}.data`));
  },
};

/** Of binary mode the body is the data, and may be absent; `body` is null then. */
export function hasNoData({ headers, bytes }: Pick<Delivery, 'headers' | 'bytes'>): boolean {
  return headers[`${HEADER_PREFIX}specversion`] !== undefined && bytes.length === 0;
}

function binaryEvent({ headers, body }: Delivery): JsonObject {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith(HEADER_PREFIX))
    .map(([name, value]) => [name.slice(HEADER_PREFIX.length), decodeHeaderValue(value)]);
  return { ...Object.fromEntries(attributes), data: body };
}

function draftOf(event: Json, field: string): SignalDraft {
  const { id, source, type } = parse(eventSchema, event, 'cloudevent');
  const { data: _, ...attributes } = event as JsonObject;
  const data = cloudEventData(event as JsonObject) ?? undefined;
  const usual = usualMembersOf(data);
  const extensions = Object.entries(attributes).filter(([name]) => !READ.has(name));
  return {
    source,
    type,
    title:
      usual.title ?? [type, textAt(event, 'subject'), 'from', source].filter(Boolean).join(' '),
    severity: usual.severity,
    status: usual.status,
    labels: { ...usual.labels, ...Object.fromEntries(extensions), ce_source: source },
    problem: usual.problem,
    // By the specification these two name one event.
    event: JSON.stringify([source, id]),
    startsAt: usual.problem ? usual.startsAt : timeOf(at(event, 'time')),
    payload: data ?? attributes,
    field,
  };
}
