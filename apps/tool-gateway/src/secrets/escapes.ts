/** What stands at a place: how many units, and the code point that they mean. */
export type Escape = number;

export interface Notation {
  /** By unit, whether an escape may begin with it. */
  readonly begins: Uint8Array;
  readonly read: (text: string, at: number, code: number) => Escape;
}

export const NONE = 0;
export const CODE_POINTS = 2 ** 21;
/** No code point: it means nothing, and is left out. */
export const NOTHING = 0x11_00_00;
const ENTITY_UNITS_MAX = 10;
const HIGH_OF_TAGS = 0xdb40;

const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 };
/** Those of ASCII. https://html.spec.whatwg.org/multipage/named-characters.html */
const ENTITIES = new Map(
  (
    'excl! quot" num# dollar$ percnt% amp& apos\' lpar( rpar) ast* plus+ comma, period. sol/ ' +
    'colon: semi; lt< equals= gt> quest? commat@ lsqb[ lbrack[ bsol\\ rsqb] rbrack] Hat^ lowbar_ ' +
    'grave` lcub{ lbrace{ verbar| vert| rcub} rbrace}'
  )
    .split(' ')
    .map((named) => [named.slice(0, -1), named.charCodeAt(named.length - 1)]),
);

/** What escapes and terminal codes begin with, and what nobody sees. */
const BEGINS = /[%&\\]|(?![\t\n\f\r])\p{Cc}|\p{Default_Ignorable_Code_Point}/gu;

const escapeOf = (units: number, point: number): Escape => units * CODE_POINTS + point;

export const escapes: Notation = {
  begins: beginningsOf(BEGINS),
  read: (text, at, code) => {
    if (code === 0x25) return escapedBytes(text, at, '%');
    if (code === 0x5c) return behindBackslash(text, at);
    if (code === 0x26) return entity(text, at);
    if (code === 0x1b || code === 0x9b) return terminalCode(text, at, code);
    return escapeOf(code === HIGH_OF_TAGS ? 2 : 1, NOTHING);
  },
};

/** https://www.rfc-editor.org/rfc/rfc2045#section-6.7 */
export const quotedPrintable: Notation = {
  begins: beginningsOf(/=/gu),
  read: (text, at) => {
    let end = at + 1;
    while (text.charCodeAt(end) === 0x20 || text.charCodeAt(end) === 0x09) end++;
    if (text.charCodeAt(end) === 0x0d) end++;
    if (text.charCodeAt(end) === 0x0a) return escapeOf(end + 1 - at, NOTHING);
    return escapedBytes(text, at, '=');
  },
};

/** A character in UTF-8, each byte in hexadecimal behind a mark. */
function escapedBytes(text: string, at: number, mark: string): Escape {
  const units = mark.length + 2;
  const first = hexAt(text, at + mark.length, 2);
  if (first < 0x80) return first < 0 ? NONE : escapeOf(units, first);
  if (first < 0xc2 || first > 0xf4) return NONE;
  const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  let point = first & (0x3f >> more);
  for (let n = 1; n <= more; n++) {
    const next = at + n * units;
    const byte = text.startsWith(mark, next) ? hexAt(text, next + mark.length, 2) : -1;
    if (byte >> 6 !== 0b10) return NONE;
    point = (point << 6) | (byte & 0x3f);
  }
  return point > 0x10_ff_ff ? NONE : escapeOf(units * (more + 1), point);
}

/** As JSON, programs and shells have them. */
function behindBackslash(text: string, at: number): Escape {
  const next = text.charCodeAt(at + 1);
  if (!isAlphanumeric(next)) return next > 0x1f && next < 0x7f ? escapeOf(2, next) : NONE;
  const name = text[at + 1] ?? '';
  if (name === 'u') {
    const unit = hexAt(text, at + 2, 4);
    return unit < 0 ? NONE : escapeOf(6, unit);
  }
  if (name === 'x') return escapedBytes(text, at, '\\x');
  const control = CONTROLS[name];
  return control === undefined ? NONE : escapeOf(2, control);
}

function entity(text: string, at: number): Escape {
  const isNumber = text.charCodeAt(at + 1) === 0x23;
  let end = isNumber ? at + 2 : at + 1;
  while (end - at < ENTITY_UNITS_MAX && isAlphanumeric(text.charCodeAt(end))) end++;
  if (text.charCodeAt(end) !== 0x3b || end === at + 1) return NONE;
  const name = text.slice(isNumber ? at + 2 : at + 1, end);
  const point = isNumber ? codePointOf(name) : ENTITIES.get(name);
  return point !== undefined && point <= 0x10_ff_ff ? escapeOf(end + 1 - at, point) : NONE;
}

function codePointOf(digits: string): number | undefined {
  if (/^\d+$/.test(digits)) return Number(digits);
  return /^x[\da-f]+$/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : undefined;
}

/** https://ecma-international.org/publications-and-standards/standards/ecma-48/ */
function terminalCode(text: string, at: number, code: number): Escape {
  const kind = code === 0x9b ? 0x5b : text.charCodeAt(at + 1);
  let end = code === 0x9b ? at + 1 : at + 2;
  if (kind === 0x5b) {
    while (isWithin(text, end, 0x20, 0x3f)) end++;
    if (isWithin(text, end, 0x40, 0x7e)) return escapeOf(end + 1 - at, NOTHING);
  } else if (kind === 0x5d) {
    while (isWithin(text, end, 0x20, 0xffff)) end++;
    if (text[end] === '\x07') return escapeOf(end + 1 - at, NOTHING);
    if (text.startsWith('\x1b\\', end)) return escapeOf(end + 2 - at, NOTHING);
  } else end = at + 1;
  // What nobody sees goes first.
  return escapes.begins[text.charCodeAt(end)] === 1 ? NONE : escapeOf(1, NOTHING);
}

/** NaN, behind the end of the text, is within nothing. */
function isWithin(text: string, at: number, first: number, last: number): boolean {
  const code = text.charCodeAt(at);
  return code >= first && code <= last;
}

/** Of ASCII. */
function isAlphanumeric(unit: number): boolean {
  const lower = unit | 0x20;
  const isLetter = lower >= 0x61 && lower <= 0x7a;
  return isLetter || (unit >= 0x30 && unit <= 0x39);
}

/** Of so many digits; -1 when they are not there. */
function hexAt(text: string, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const code = text.charCodeAt(i);
    const letter = code | 0x20;
    if (code >= 0x30 && code <= 0x39) value = value * 16 + code - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) value = value * 16 + letter - 0x57;
    else return -1;
  }
  return value;
}

/** By unit, whether it is one of these. A tag has two, of which the first is tags' alone. */
function beginningsOf(pattern: RegExp): Uint8Array {
  const every = Uint16Array.from({ length: 2 ** 16 }, (_, unit) => unit);
  const begins = new Uint8Array(every.length);
  const text = Buffer.from(every.buffer).toString('utf16le');
  for (const { index } of text.matchAll(pattern)) begins[index] = 1;
  if (pattern === BEGINS) begins[HIGH_OF_TAGS] = 1;
  return begins;
}
