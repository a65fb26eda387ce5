import { CODE_POINTS, escapes, NONE, NOTHING, quotedPrintable, type Notation } from './escapes.ts';

/** A text as it reads with some of its escapes undone. */
export interface Reading {
  readonly text: string;
  readonly units: Uint16Array;
  /** Where in the original each unit of it begins, and where that ends. Absent: it is the original. */
  readonly at?: Uint32Array;
}

/** Escapes within escapes: JSON in JSON in a URL, with terminal codes. */
const DEPTH_MAX = 4;
const BACKSLASH = 0x5c;
/** Within quoted-printable, whose own escapes are undone after those. */
const DEPTH_WITHIN_MAX = 2;
/**
 * A text, and what it becomes as one layer of escapes after the other is undone: those of URLs, JSON,
 * programs and HTML, terminal codes and what nobody sees, then quoted-printable. In time that grows
 * with its length, whatever it holds.
 */
export function* readingsOf(text: string): Generator<Reading, void> {
  const units = new Uint16Array(text.length);
  Buffer.from(units.buffer).write(text, 'utf16le');
  const original = { text, units };
  yield original;
  const last = yield* undone(original, DEPTH_MAX);
  const mail = last.text.includes('=') ? decoded(last, quotedPrintable) : undefined;
  if (!mail) return;
  yield mail;
  yield* undone(mail, DEPTH_WITHIN_MAX);
}

function* undone(reading: Reading, depth: number): Generator<Reading, Reading> {
  const next = depth > 0 ? decoded(reading, escapes) : undefined;
  if (!next) return reading;
  yield next;
  return yield* undone(next, depth - 1);
}

/** Absent when there is nothing to undo. */
function decoded({ text, units: from, at }: Reading, notation: Notation): Reading | undefined {
  const first = firstEscape(text, from, notation);
  if (first < 0) return undefined;
  const units = new Uint16Array(from.length);
  units.set(from.subarray(0, first));
  const places = new Uint32Array(from.length + 1);
  for (let i = 0; i < first; i++) places[i] = i;
  let size = first;
  for (let i = first; i < from.length;) {
    const code = from[i] as number;
    const escape = notation.begins[code] === 1 ? notation.read(text, i, code) : NONE;
    const point = escape === NONE ? code : escape % CODE_POINTS;
    if (point > 0xffff && point !== NOTHING) {
      units[size] = 0xd7c0 + (point >> 10);
      places[size++] = i;
    }
    if (point !== NOTHING) {
      units[size] = point > 0xffff ? 0xdc00 + (point & 0x3ff) : point;
      places[size++] = i;
    }
    i += escape === NONE ? 1 : Math.floor(escape / CODE_POINTS);
    // What an escaped one stands before is meant as it is: whatever begins there has its turn later.
    const isEscaped = escape !== NONE && code === BACKSLASH && point === BACKSLASH;
    if (isEscaped && i < from.length && from[i] !== BACKSLASH) {
      units[size] = from[i] as number;
      places[size++] = i++;
    }
  }
  places[size] = from.length;
  if (at) for (let i = 0; i <= size; i++) places[i] = at[places[i] as number] as number;
  const read = Buffer.from(units.buffer, 0, size * 2).toString('utf16le');
  return { text: read, units: units.subarray(0, size), at: places };
}

function firstEscape(text: string, units: Uint16Array, { begins, read }: Notation): number {
  for (let i = 0; i < units.length; i++) {
    const code = units[i] as number;
    if (begins[code] === 1 && read(text, i, code) !== NONE) return i;
  }
  return -1;
}
