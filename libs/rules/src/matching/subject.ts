import type { Signal } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';
import { type Leaf, leavesOf } from '../text/payload-values.ts';
import { type CelVariables, celVariablesOf } from '../cel/cel-variables.ts';
import { normalise, type View, viewsOf } from '../text/signal-text.ts';
import { Trigrams } from './trigrams.ts';

/** Longer than any value that a pattern can ask for. */
const VALUE_CHARS_MAX = 4_000;

/** A signal as matchers see it: what they look at is made once, not per rule. */
export interface Subject {
  readonly views: readonly View[];
  /** Normalised: `alert`, and `alert:critical`. */
  readonly type: { readonly name: string; readonly full: string };
  readonly trigrams: Trigrams;
  /** Of the payload and of the signal's own fields, by the last name of their path. */
  readonly fields: () => Fields;
  readonly cel: () => CelVariables;
}

/** Lower case names, normalised values. */
export interface Fields {
  readonly names: ReadonlySet<string>;
  /** The paths at which a name has a value, by both. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
}

/** One at a time: the trigrams belong to whoever was made last. */
export function subjectsOf(): (signal: Signal) => Subject {
  const trigrams = new Trigrams();
  return (signal) => {
    const views = viewsOf(signal);
    trigrams.take(views.map(({ normal }) => normal));
    const name = normalise(signal.type);
    const type = { name, full: `${name}:${normalise(signal.severity ?? '')}` };
    let fields: Fields | undefined;
    let cel: CelVariables | undefined;
    return {
      views,
      type,
      trigrams,
      fields: () => (fields ??= fieldsOf(signal)),
      cel: () => (cel ??= celVariablesOf(signal, views)),
    };
  };
}

/** The last of the names in a path with dots. */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

function fieldsOf({ source, type, title, severity, status, labels, payload }: Signal): Fields {
  const own: Json = { source, type, title, severity: severity ?? null, status, labels };
  const names = new Set<string>();
  const paths = new Map<string, string[]>();
  for (const { path, value } of [...leavesOf(payload), ...leavesOf(own)]) {
    const place = path.toLowerCase();
    names.add(lastName(place));
    if (isTooLong(value)) continue;
    const key = keyOf(lastName(place), normalise(String(value)));
    const same = paths.get(key);
    if (same) same.push(place);
    else paths.set(key, [place]);
  }
  return { names, paths };
}

function isTooLong(value: Leaf['value']): boolean {
  return typeof value === 'string' && value.length > VALUE_CHARS_MAX;
}

export function keyOf(name: string, value: string): string {
  return `${name}\n${value}`;
}
