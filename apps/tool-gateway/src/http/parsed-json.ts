import { isKept } from '@signalbox/kernel';
import { ANSWER_VALUES_MAX, AnswerExtent } from './answer-extent.ts';

/** What may become another number when it is read: https://www.rfc-editor.org/rfc/rfc8259#section-6 */
const LONG_NUMBER = /\d{16}|\d[eE]/;
const PART_BYTES = 65_536;

/** The value that `text` is JSON of; absent when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As `parsedJson`; absent as well when reading it would keep everybody else waiting. */
export function boundedJson(text: string): unknown {
  return isSmall(text) ? parsedJson(text) : undefined;
}

function isSmall(text: string): boolean {
  // No value of JSON is shorter than one character and the comma behind it.
  if (text.length <= ANSWER_VALUES_MAX) return true;
  const extent = new AnswerExtent();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    if (!extent.add(bytes.subarray(at, at + PART_BYTES))) return false;
  }
  return true;
}

/** As `boundedJson`; absent as well when one of its numbers would be another than was written. */
export function exactJson(text: string): unknown {
  const value = boundedJson(text);
  return value !== undefined && LONG_NUMBER.test(text) && !isExact(text) ? undefined : value;
}

function isExact(text: string): boolean {
  try {
    JSON.parse(text, (_, value: unknown) => {
      if (typeof value !== 'number' || isKept(value)) return value;
      throw new RangeError('not the number that was written');
    });
    return true;
  } catch {
    // Nested too deeply to be looked at counts as well.
    return false;
  }
}
