import type { Signal } from '@signalbox/contracts';
import type { Json } from '@signalbox/kernel';

/** What rules and models are shown of a signal, as contracts with older clients fix it. */
export function signalText(signal: Signal): string {
  return `${headOf(signal)}\nPayload: ${JSON.stringify(signal.payload)}`;
}

/**
 * The texts in which a pattern is looked for. A signal that hides a command behind JSON escapes,
 * comments or white space shows it in one of them; nothing is ever taken away from the raw one.
 */
export function viewsOf(signal: Signal): readonly string[] {
  const plain = `${headOf(signal)}\n${plainText(signal.payload)}`;
  const sanitised = [plain, stripCComments(plain, ''), stripCComments(plain, ' ')]
    .flatMap((text) => [text, stripSqlComments(text)])
    .map(normalise);
  return [...new Set([signalText(signal), plain, ...sanitised])];
}

/** One spelling of white space and letter case. */
export function normalise(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase();
}

export interface Leaf {
  /** Names of the members that lead to the value, with dots; '' for a bare value. */
  readonly path: string;
  readonly value: null | boolean | number | string;
}

/** The values of a JSON document in its order; the places in an array have no name. */
export function leavesOf(document: Json): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const rest: { path: string; value: Json }[] = [{ path: '', value: document }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const { path, value } = next;
    if (value === null || typeof value !== 'object') leaves.push({ path, value });
    else rest.push(...membersOf(path, value).toReversed());
  }
  return leaves;
}

function membersOf(path: string, value: Json & object): { path: string; value: Json }[] {
  if (Array.isArray(value)) return value.map((item: Json) => ({ path, value: item }));
  return Object.entries(value).map(([name, member]: [string, Json]) => ({
    path: path === '' ? name : `${path}.${name}`,
    value: member,
  }));
}

function headOf({ source, type, title }: Signal): string {
  return `[${source.toUpperCase()}] ${type}: ${title}`;
}

/** Without JSON's escapes and quotes: one line per value. */
function plainText(payload: Json): string {
  return leavesOf(payload)
    .map(({ path, value }) => `${path}: ${String(value)}`)
    .join('\n');
}

/** By hand, because a regular expression of V8 is quadratic on comments that do not end. */
function stripCComments(text: string, by: '' | ' '): string {
  const kept: string[] = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf('/*', from);
    const close = open < 0 ? -1 : text.indexOf('*/', open + 2);
    if (close < 0) return kept.concat(text.slice(from)).join(by);
    kept.push(text.slice(from, open));
    from = close + 2;
  }
}

function stripSqlComments(text: string): string {
  return text.replace(/--[^\n]*/g, ' ');
}
