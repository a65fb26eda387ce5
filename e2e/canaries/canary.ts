import { randomBytes } from 'node:crypto';

/** In every value that we make, and nowhere else: what holds it in any spelling holds a canary. */
const MARKER = 'kQ7Canary';
/** Shorter runs stand in too much that has nothing to do with the value. */
const CORE_CHARACTERS_MIN = 12;
/** What JSON and URLs have to write in another way. */
const TAIL = '/+&=%"';

/** A credential that may be in its slot, on the way to its peer, and nowhere else. */
export interface Canary {
  readonly slot: string;
  readonly value: string;
  /** The part of it that JSON and URLs leave as it is. */
  readonly core: string;
}

export interface Spelling {
  readonly form: string;
  readonly text: string;
}

/** A new value. `tail: ''` for slots in which not every character may stand. */
export function newValue(tail = TAIL): string {
  return `${MARKER}${randomBytes(12).toString('hex')}${tail}`;
}

/** Of a value of ours, with whatever is around it, or of one that somebody else has made. */
export function canaryOf(slot: string, value: string): Canary {
  const [ours] = new RegExp(`${MARKER}[0-9a-f]+`).exec(value) ?? [];
  const runs = value.split(/[^\w-]+/).toSorted((a, b) => b.length - a.length);
  const [longest = ''] = runs;
  const core = ours ?? (longest.length < CORE_CHARACTERS_MIN ? value : longest);
  if (core.length < 8) throw new Error(`the credential in ${slot} is too short to be looked for`);
  return { slot, value, core };
}

/** How a text may be written where it is not written as it is. */
export function spellingsOf(text: string): readonly Spelling[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const spellings = [
    { form: 'plain', text },
    { form: 'JSON', text: JSON.stringify(text).slice(1, -1) },
    { form: 'URL', text: encodeURIComponent(text) },
    ...[0, 1, 2].flatMap((offset) => base64Behind(bytes, offset)),
    { form: 'hexadecimal', text: hex },
    { form: 'hexadecimal', text: hex.toUpperCase() },
  ];
  return spellings.filter((one, at) => spellings.findIndex((s) => s.text === one.text) === at);
}

/** What is always there when `bytes` stand behind so many others, in both alphabets. */
function base64Behind(bytes: Buffer, offset: number): readonly Spelling[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const inner = text.slice(
    Math.ceil((offset * 8) / 6),
    Math.floor(((offset + bytes.length) * 8) / 6),
  );
  const form = `base64 behind ${offset}`;
  const ofUrls = inner.replaceAll('+', '-').replaceAll('/', '_');
  return [inner, ofUrls].map((one) => ({ form, text: one }));
}

const escaped = (text: string) => text.replace(/\W/g, '\\$&');

/** Line breaks of MIME, blanks of dumps, terminal codes, what nobody sees; as bytes and in JSON too. */
const BETWEEN = [
  String.raw`(?:[\s:\u00ad\u200b-\u200f\u2060\ufeff]|=\r?\n|\\[nrt]|\xe2\x80[\x8b-\x8f]`,
  String.raw`|\\u(?:00ad|200[b-f]|2060|feff)|(?:\x1b|\\u001b)\[[\d;]*m)*`,
].join('');

/** The marker with something between its letters, or with letters in escapes. */
const writtenApart = new RegExp(
  spellingsOf(MARKER)
    .map(({ form, text }) => Array.from(text, form === 'plain' ? letterOf : escaped).join(BETWEEN))
    .join('|'),
);

function letterOf(letter: string): string {
  const code = letter.charCodeAt(0);
  const hex = code.toString(16).replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
  return String.raw`(?:${letter}|(?:[%=]|%25|\\+(?:x|u00))${hex}|&(?:amp;)?#(?:${code}|[xX]${hex});)`;
}

/** Finds canaries, in every spelling, and pieces of those that we made. */
export class CanaryFinder {
  /** What holds no canary does not fit it. */
  readonly #pattern: RegExp;
  readonly #known: readonly (Canary & { readonly spellings: readonly Spelling[] })[];

  constructor(canaries: readonly Canary[]) {
    const others = canaries.map(({ core }) => core).filter((core) => !core.includes(MARKER));
    const texts = [MARKER, ...others].flatMap((text) => spellingsOf(text)).map(({ text }) => text);
    this.#pattern = new RegExp(texts.map(escaped).join('|'), 'g');
    this.#known = canaries.map((canary) => {
      const pieces = spellingsOf(canary.core).map(({ form, text }) => ({
        form: `${form}, a piece`,
        text,
      }));
      return { ...canary, spellings: [...spellingsOf(canary.value), ...pieces] };
    });
  }

  /** The canaries in a text, each with the first spelling that was found; never its value. */
  find(text: string): readonly { readonly slot: string; readonly form: string }[] {
    this.#pattern.lastIndex = 0;
    if (!this.#pattern.test(text) && !writtenApart.test(text)) return [];
    const found = this.#known.flatMap(({ slot, spellings }) => {
      const spelling = spellings.find((one) => text.includes(one.text));
      return spelling ? [{ slot, form: spelling.form }] : [];
    });
    return found.length > 0 ? found : [{ slot: 'some slot', form: 'a piece' }];
  }

  /** The text without what was found, to be shown. */
  masked(text: string): string {
    return text.replace(this.#pattern, '…');
  }
}
