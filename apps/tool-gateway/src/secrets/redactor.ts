import type { Json } from '@signalbox/kernel';
import { Spellings } from './spellings.ts';

export const REDACTED = '[redacted]';
/** A renewed credential is known for as long as somebody may still use the one before. */
const VALUES_OF_SOURCE_MAX = 10;
/** Beyond what is known for good: only a tool that asks for ever new references gets there. */
const SOURCES_MAX = 200;

/**
 * Takes secrets out of what leaves the gateway, by their values, in whatever spelling they stand. It
 * knows some for good, and the newest of each source: that is bounded, and a source that renews its
 * own all the time is at the cost of no other.
 */
export class Redactor {
  private readonly spellings = new Spellings();
  private readonly forGood = new Set<string>();
  /** By source, the newest last, as its values are. */
  private readonly sources = new Map<string, Set<string>>();

  /** @param source where it comes from. Without, the value is known for good. */
  register(value: string, source?: string): void {
    this.spellings.add(value);
    if (source === undefined) {
      this.forGood.add(value);
      return;
    }
    const values = this.sources.get(source) ?? new Set();
    this.sources.delete(source);
    this.sources.set(source, values);
    values.delete(value);
    values.add(value);
    const [oldest] = values;
    if (values.size > VALUES_OF_SOURCE_MAX && oldest !== undefined) {
      values.delete(oldest);
      this.forget([oldest]);
    }
    const [stalest] = this.sources;
    if (this.sources.size > SOURCES_MAX && stalest) {
      this.sources.delete(stalest[0]);
      this.forget(stalest[1]);
    }
  }

  redact(text: string): string {
    if (this.spellings.isEmpty) return text;
    const places = this.spellings.in(text);
    if (places.length === 0) return text;
    let redacted = '';
    let from = 0;
    for (const { start, end } of places) {
      redacted += text.slice(from, start) + REDACTED;
      from = end;
    }
    return redacted + text.slice(from);
  }

  /** Names of members too. `value` may not be deeper than the stack. */
  redactJson(value: Json): Json {
    if (typeof value === 'string') return this.redact(value);
    if (value === null || typeof value !== 'object' || this.spellings.isEmpty) return value;
    if (Array.isArray(value)) return value.map((item: Json) => this.redactJson(item));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.redact(name), this.redactJson(item)]),
    );
  }

  private forget(values: Iterable<string>): void {
    const others = [this.forGood, ...this.sources.values()];
    for (const value of values) {
      if (!others.some((known) => known.has(value))) this.spellings.remove(value);
    }
  }
}
