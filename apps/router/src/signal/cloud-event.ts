import { type JsonObject, parse } from '@signalbox/kernel';
import { cloudEventData, decodeHeaderValue, type ReceivedMessage } from '@signalbox/messaging';
import { z } from 'zod';

const PREFIX = 'ce-';
/** Attributes that are read, or say how the data is written; any other is a label. */
const READ = new Set(['specversion', 'id', 'time', 'datacontenttype', 'dataschema']);

const attribute = z.string().min(1);
const attributesSchema = z
  .object({ specversion: z.literal('1.0'), id: attribute, source: attribute, type: attribute })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]));

export interface CloudEvent {
  /** Subject, source, type and extensions, each as `ce_…`. */
  readonly labels: Readonly<Record<string, string>>;
  /** When it happened, as the event says it. */
  readonly time: string | undefined;
  /** Undefined when it has none. */
  readonly data: unknown;
}

/**
 * The CloudEvent in a message: of binary mode when it has `ce-` headers, of structured mode when
 * its body says so; undefined when it is none.
 * https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/nats-protocol-binding.md
 * @throws AppError `invalid`, naming the attribute.
 */
export function cloudEventIn({ headers }: ReceivedMessage, body: unknown): CloudEvent | undefined {
  if (headers[`${PREFIX}specversion`] !== undefined) return eventOf(attributesIn(headers), body);
  if (typeof body !== 'object' || body === null || !('specversion' in body)) return undefined;
  const { data: _, data_base64: base64, ...attributes } = body as JsonObject;
  const data = cloudEventData(body as JsonObject);
  return eventOf(attributes, data === undefined && base64 ? { data_base64: base64 } : data);
}

function attributesIn(headers: ReceivedMessage['headers']): Record<string, unknown> {
  const own = Object.entries(headers).filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(
    own.map(([name, value]) => [name.slice(PREFIX.length), decodeHeaderValue(value)]),
  );
}

function eventOf(said: Record<string, unknown>, data: unknown): CloudEvent {
  const attributes = parse(attributesSchema, said, 'cloudevent');
  const labels = Object.entries(attributes).filter(([name, v]) => !READ.has(name) && v !== null);
  const { time } = attributes;
  return {
    labels: Object.fromEntries(labels.map(([name, value]) => [`ce_${name}`, String(value)])),
    time: typeof time === 'string' ? time : undefined,
    data,
  };
}
