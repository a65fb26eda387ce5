import type { Reading } from './decodings.ts';

/** How the units of a text are compared: each stands for a letter, for none, or for one of no spelling. */
export interface Alphabet {
  /** Of the units of ASCII. */
  readonly letters: Uint16Array;
  /** Whether any other unit stands for itself; else it is of no spelling. */
  readonly hasOthers: boolean;
  /**
   * Five units each of which one stands unbroken wherever a spelling does: by digits, which of ten
   * letters, and by `+` what is left out between them.
   */
  readonly windows: readonly string[];
}

/** Letters that are looked for. */
export interface Spelling {
  readonly letters: string;
  /** So many of its first letters prove nothing. */
  readonly known: number;
  readonly alphabet: Alphabet;
}

interface Window {
  readonly units: readonly number[];
  /** Which of the letters stands last in it. */
  readonly last: number;
  readonly spelling: Spelling;
}

/** Of a letter that is left out. */
const SKIPPED = 0;
const OF_NO_SPELLING = 0xff_ff;
const WINDOW_UNITS = 5;
/** By so many units at the end of a window it is known how far the next one may be. */
const BLOCK_UNITS = 3;
const FAR = WINDOW_UNITS - BLOCK_UNITS + 1;
/** That the windows of an alphabet are about. */
const LETTERS_OF_WINDOWS = 10;
/** Of what is left of a secret: less stands at the end of too much that has nothing to do with it. */
const CUT_LETTERS_MIN = 10;
/** What is left of an escape, where a text may have been cut off. */
const CUT =
  /(?:%[\da-f]?|\\(?:u[\da-f]{0,3}|x[\da-f]?)?|&#?\w{0,6}|=[\da-f]?)?(?=…|\.{3}|\s{0,8}$)/iy;

/** What counts as the same in a window, whatever the alphabet. */
const ALIKE = Uint8Array.from({ length: 2 ** 16 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  if (unit > 127) return unit | 0x80;
  if (/[-\s:,;]/.test(character)) return 0x2b;
  return character === '_' ? 0x2f : character.toLowerCase().charCodeAt(0);
});

/** By what is written, which letter it is. */
export function lettersOf(written: Readonly<Record<string, string>>, skipped = ''): Uint16Array {
  const letters = new Uint16Array(128).fill(OF_NO_SPELLING);
  for (const [units, meant] of Object.entries(written)) {
    for (let n = 0; n < units.length; n++) letters[units.charCodeAt(n)] = meant.charCodeAt(n);
  }
  for (const unit of skipped) letters[unit.charCodeAt(0)] = SKIPPED;
  return letters;
}

/** The letters of a text; absent when some of it is of no spelling. */
export function lettersIn(text: string, alphabet: Alphabet): string | undefined {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const letters = units.map((unit) => letterOf(unit, alphabet));
  if (letters.includes(OF_NO_SPELLING)) return undefined;
  return String.fromCharCode(...letters.filter((letter) => letter !== SKIPPED));
}

/**
 * Finds spellings in texts, and their beginnings where a text was cut off. Most of a text is skipped
 * by what stands there (Wu and Manber, A fast algorithm for multi-pattern searching, TR-94-17); what
 * may be a window is compared. So a look takes as long as the text, however many spellings there are,
 * unless one repeats itself within.
 */
export class SpellingIndex {
  private readonly byHash = new Map<number, readonly Window[]>();
  /** By block, how many units later the end of a window may be. */
  private readonly shifts = new Uint8Array(2 ** 16).fill(FAR);
  private isStale = false;

  add(spelling: Spelling): void {
    for (const window of windowsOf(spelling)) {
      const hash = hashOf(window.units, WINDOW_UNITS - 1);
      this.byHash.set(hash, [...(this.byHash.get(hash) ?? []), window]);
      this.shorten(window);
    }
  }

  remove(spelling: Spelling): void {
    for (const { units } of windowsOf(spelling)) {
      const hash = hashOf(units, WINDOW_UNITS - 1);
      const left = this.byHash.get(hash)?.filter((window) => window.spelling !== spelling) ?? [];
      if (left.length > 0) this.byHash.set(hash, left);
      else this.byHash.delete(hash);
    }
    this.isStale = true;
  }

  find({ text, units }: Reading, onFound: (start: number, end: number) => void): void {
    if (this.isStale) this.refresh();
    const { shifts } = this;
    for (let i = WINDOW_UNITS - 1; i < units.length;) {
      const shift = shifts[blockOf(units, i)] as number;
      if (shift > 0) {
        i += shift;
        continue;
      }
      for (const { spelling, last } of this.byHash.get(hashOf(units, i)) ?? []) {
        const start = startOf(spelling, units, { at: i, letter: last });
        if (start < 0) continue;
        const end = endOf(spelling, { text, units }, { at: i + 1, letter: last + 1 });
        if (end >= 0) onFound(start, end);
      }
      i++;
    }
  }

  private refresh(): void {
    this.shifts.fill(FAR);
    for (const windows of this.byHash.values()) for (const window of windows) this.shorten(window);
    this.isStale = false;
  }

  private shorten({ units }: Window): void {
    for (let end = BLOCK_UNITS - 1; end < WINDOW_UNITS; end++) {
      const block = blockOf(units, end);
      this.shifts[block] = Math.min(this.shifts[block] ?? FAR, WINDOW_UNITS - 1 - end);
    }
  }
}

/** Of the window that ends there. */
function hashOf(units: ArrayLike<number>, end: number): number {
  let hash = 0;
  for (let i = end - WINDOW_UNITS + 1; i <= end; i++) {
    hash = Math.imul(hash, 0x1_01) + (ALIKE[units[i] as number] as number);
  }
  return hash | 0;
}

function blockOf(units: ArrayLike<number>, end: number): number {
  const a = ALIKE[units[end - 2] as number] as number;
  const b = ALIKE[units[end - 1] as number] as number;
  return (a * 1_193 + b * 31 + (ALIKE[units[end] as number] as number)) & 0xff_ff;
}

function windowsOf(spelling: Spelling): readonly Window[] {
  const { letters, known, alphabet } = spelling;
  const from = Math.max(0, Math.min(known, letters.length - LETTERS_OF_WINDOWS));
  return alphabet.windows.flatMap((window) => {
    const places = Array.from(window, (place) => (place === '+' ? -1 : from + Number(place)));
    const last = Math.max(...places);
    if (last >= letters.length) return [];
    const units = places.map((place) => (place < 0 ? 0x2b : letters.charCodeAt(place)));
    return [{ units, last, spelling }];
  });
}

interface Place {
  readonly at: number;
  readonly letter: number;
}

/** Where it begins that has a letter at a place; -1 when others stand before. */
function startOf({ letters, alphabet }: Spelling, units: Uint16Array, place: Place): number {
  let n = place.letter;
  for (let at = place.at; at >= 0; at--) {
    const letter = letterOf(units[at] as number, alphabet);
    if (letter === SKIPPED) continue;
    if (letter !== letters.charCodeAt(n)) return -1;
    if (n-- === 0) return at;
  }
  return -1;
}

/** Where it ends, or is cut off, that should go on at a place; -1 when it goes on in another way. */
function endOf(spelling: Spelling, { text, units }: Reading, place: Place): number {
  const { letters, known, alphabet } = spelling;
  let n = place.letter;
  let end = place.at;
  for (let at = place.at; n < letters.length && at < units.length; at++) {
    const letter = letterOf(units[at] as number, alphabet);
    if (letter === SKIPPED) continue;
    if (letter !== letters.charCodeAt(n)) break;
    n++;
    end = at + 1;
  }
  if (n === letters.length) return end;
  CUT.lastIndex = end;
  return n >= known + CUT_LETTERS_MIN && CUT.test(text) ? CUT.lastIndex : -1;
}

function letterOf(unit: number, { letters, hasOthers }: Alphabet): number {
  if (unit < 128) return letters[unit] as number;
  return hasOthers ? unit : OF_NO_SPELLING;
}
