import type { Json } from '@signalbox/kernel';
import { CutEnds, ellipsisOf } from './cut-ends.ts';

export const REDACTED = '[redacted]';
/** Beyond that the oldest are forgotten: only a secret that is renewed all the time gets there. */
const VALUES_MAX = 1_000;
/** Below this a piece of a secret stands in too much that has nothing to do with it. */
const PIECE_CHARACTERS_MIN = 6;

/** Takes secrets out of what leaves the gateway, by their values, in whatever form they stand. */
export class Redactor {
  private readonly values = new Set<string>();
  private pattern: RegExp | undefined;
  private cutEnds: CutEnds | undefined;

  register(value: string): void {
    if (this.values.has(value)) return;
    this.values.add(value);
    const [oldest] = this.values;
    if (this.values.size > VALUES_MAX && oldest !== undefined) this.values.delete(oldest);
    const forms = new Set([...this.values].flatMap(formsOf));
    // The longest first, so that no rest of it is left over.
    const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
    this.pattern = new RegExp(longestFirst.map((form) => escaped(form)).join('|'), 'g');
    this.cutEnds = new CutEnds(longestFirst, escaped);
  }

  redact(text: string): string {
    if (this.pattern === undefined) return text;
    const redacted = text.replace(this.pattern, REDACTED);
    const start = this.cutEnds?.startIn(redacted);
    if (start === undefined) return redacted;
    return redacted.slice(0, start) + REDACTED + ellipsisOf(redacted);
  }

  /** Names of members too. `value` may not be deeper than the stack. */
  redactJson(value: Json): Json {
    if (typeof value === 'string') return this.redact(value);
    if (value === null || typeof value !== 'object' || this.pattern === undefined) return value;
    if (Array.isArray(value)) return value.map((item: Json) => this.redactJson(item));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.redact(name), this.redactJson(item)]),
    );
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const plain = [
    value,
    quoted(value),
    // A line of the log is JSON, and so is much of what programs and peers say in it.
    quoted(quoted(value)),
    hex,
    hex.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64Within(bytes, offset)),
  ];
  const encoded = plain.flatMap((form) => {
    const inUrl = encodeURIComponent(form);
    const inForm = new URLSearchParams({ '': form }).toString().slice(1);
    return [form, inUrl, inForm, lowerEscapes(inUrl), lowerEscapes(inForm)];
  });
  return encoded.filter((form) => form === value || form.length >= PIECE_CHARACTERS_MIN);
}

const quoted = (text: string) => JSON.stringify(text).slice(1, -1);

const lowerEscapes = (text: string) =>
  text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());

/**
 * What is always there when `bytes` stand behind `offset` other bytes, as a password does behind
 * its user: the characters that hold bits of what is before or behind are left out.
 */
function base64Within(bytes: Buffer, offset: number): readonly string[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const bits = (offset + bytes.length) * 8;
  const inner = text.slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
  return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
}
