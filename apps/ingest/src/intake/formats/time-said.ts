import type { Json } from '@signalbox/kernel';

const WITH_ZONE = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)? ?(Z|[+-]\d\d:?\d\d)$/i;
const EPOCH = /^\d{9,14}(\.\d+)?$/;
/** An epoch that is larger counts milliseconds: as seconds this is the year 5138. */
const SECONDS_MAX = 100_000_000_000;
/** The last instant that RFC 3339 can write. */
const TIME_MAX_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A time as senders write it: RFC 3339 and what is close to it, with a zone, or an epoch in seconds
 * or milliseconds. Undefined for anything else, a time of unknown zone above all, and for 1970 and
 * before: Go writes a time that it does not know as the year 1, others as 0.
 */
export function timeOf(said: Json | undefined): Date | undefined {
  const text = typeof said === 'number' ? String(said) : said;
  if (typeof text !== 'string') return undefined;
  if (WITH_ZONE.test(text)) return valid(new Date(text.replace(',', '.')));
  if (!EPOCH.test(text)) return undefined;
  const epoch = Number(text);
  return valid(new Date(Math.trunc(epoch > SECONDS_MAX ? epoch : epoch * 1000)));
}

function valid(time: Date): Date | undefined {
  return time.getTime() > 0 && time.getTime() <= TIME_MAX_MS ? time : undefined;
}
