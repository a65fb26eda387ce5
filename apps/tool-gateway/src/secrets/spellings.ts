import { readingsOf } from './decodings.ts';
import {
  lettersIn,
  lettersOf,
  SpellingIndex,
  type Alphabet,
  type Spelling,
} from './spelling-index.ts';

/** Of a secret that is an address: what is known anyway, to a host that no user stands before. */
const KNOWN = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*(?=[/?#])(?!.*@))?/is;
/** Nothing is looked for in what is shorter. */
const LETTERS_MIN = 8;
const BLANKS = ' \t\n\r\f\v';
const ASCII = String.fromCharCode(...Array.from({ length: 128 }, (_, unit) => unit));
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX = '0123456789abcdef';

/** In a form a blank is written as a plus. */
const plain: Alphabet = {
  letters: lettersOf({ [ASCII]: ASCII, ' ': '+' }),
  hasOthers: true,
  windows: ['01234'],
};
/** Lines are broken at 64 or 76 characters, and those that follow moved in. */
const base64: Alphabet = {
  letters: lettersOf({ [BASE64]: BASE64, '-_': '+/' }, BLANKS),
  hasOthers: false,
  windows: ['01234', '56789'],
};
/** As dumps write bytes: each for itself, in pairs, or all together. */
const hex: Alphabet = {
  letters: lettersOf({ [HEX]: HEX, ABCDEF: 'abcdef' }, `${BLANKS}:-,;`),
  hasOthers: false,
  windows: ['01234', '56789', '01+23', '0123+'],
};

interface Place {
  readonly start: number;
  readonly end: number;
}

/** What values are written as, where escapes are undone: as they are, in base64, in hexadecimal. */
export class Spellings {
  private readonly index = new SpellingIndex();
  private readonly values = new Map<string, readonly Spelling[]>();

  get isEmpty(): boolean {
    return this.values.size === 0;
  }

  /** Of at least eight characters; nothing is looked for in what is shorter. */
  add(value: string): void {
    if (this.values.has(value)) return;
    const known = KNOWN.exec(value)?.[0].length ?? 0;
    const bytes = Buffer.from(value);
    const put = (alphabet: Alphabet, texts: readonly (string | undefined)[], share = 1) =>
      [...new Set(texts)].flatMap((letters = '') => {
        if (letters.length < LETTERS_MIN) return [];
        const spelling = { letters, known: Math.ceil(known * share), alphabet };
        this.index.add(spelling);
        return [spelling];
      });
    const readings = Array.from(readingsOf(value), ({ text }) => lettersIn(text, plain));
    const encoded = [0, 1, 2].map((offset) => base64Within(bytes, offset));
    this.values.set(value, [
      ...put(plain, readings),
      // A value of such characters may be broken into lines like any other.
      ...put(base64, [lettersIn(value.replace(/=+$/, ''), base64)]),
      ...put(base64, encoded, 4 / 3),
      ...put(hex, [bytes.toString('hex')], 2),
    ]);
  }

  remove(value: string): void {
    for (const spelling of this.values.get(value) ?? []) this.index.remove(spelling);
    this.values.delete(value);
  }

  /** Where in a text values stand, and beginnings of them where it was cut off; in order. */
  in(text: string): readonly Place[] {
    if (text.length < LETTERS_MIN) return [];
    const found: Place[] = [];
    for (const reading of readingsOf(text)) {
      const { at } = reading;
      const onFound = (start: number, end: number) => {
        if (at) found.push({ start: at[start] as number, end: at[end] as number });
        else found.push({ start, end });
      };
      this.index.find(reading, onFound);
    }
    return found.length < 2 ? found : apart(found.toSorted((a, b) => a.start - b.start));
  }
}

/** One place for those that share a part. */
function apart(places: readonly Place[]): readonly Place[] {
  const merged: { start: number; end: number }[] = [];
  for (const { start, end } of places) {
    const last = merged.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}

/**
 * What is always there when `bytes` stand behind `offset` other bytes, as a password does behind
 * its user: the characters that hold bits of what is before or behind are left out.
 */
function base64Within(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const bits = (offset + bytes.length) * 8;
  return text.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
}
