import { decodeStrictly, jsonIn, type Json, type JsonObject } from '@signalbox/kernel';
import { isUtf8 } from 'node:buffer';

/** What https://www.rfc-editor.org/rfc/rfc6839#section-3.1 and its like end with. */
const JSON_TYPE = /^[^;]*[/+]json\s*(;|$)/i;
/** As deep as JSON may nest that is not encoded. */
const NESTING_MAX = 64;

/**
 * The data of a CloudEvent of structured mode, whose members `event` has. JSON in `data_base64` is
 * decoded; undefined where there is none, or what is there is left encoded, as an image is.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function cloudEventData(event: JsonObject): Json | undefined {
  const { data, data_base64: text, datacontenttype: type } = event;
  if (data !== undefined && data !== null) return data;
  const isJson = type === undefined || (typeof type === 'string' && JSON_TYPE.test(type));
  const bytes = isJson && typeof text === 'string' ? decodeStrictly(text, 'base64') : undefined;
  return (bytes && isUtf8(bytes) ? jsonIn(bytes.toString(), NESTING_MAX) : undefined) ?? data;
}
