import type { Json } from '@signalbox/kernel';

/** Of the names that lead to a value, from its end. */
const PATH_CHARS_MAX = 200;
const LABEL_CHARS_MAX = 64;

const COMMAND = /^(?:command|cmd|program|executable|entrypoint)$/i;
const ARGUMENTS = /^(?:args|arguments|argv|parameters)$/i;

export interface Leaf {
  /** Names of the members that lead to the value, with dots; '' for a bare value. */
  readonly path: string;
  readonly value: null | boolean | number | string;
}

/** What one line shows: a value, or the values of an array that holds nothing but such. */
export interface Line {
  /** The last two names of the path. */
  readonly label: string;
  /** The last of them. */
  readonly name: string;
  readonly text: string;
  /** Of an array: its values as the arguments of a command, in which `#` begins no comment. */
  readonly script?: string;
}

interface Place {
  readonly path: string;
  /** The last name of the path, which may itself have dots. */
  readonly name: string;
  readonly value: Json;
}

/** The values of a JSON document in its order; the places in an array have no name. */
export function leavesOf(document: Json): readonly Leaf[] {
  const leaves: Leaf[] = [];
  walk(document, ({ path, value }) => {
    if (!isScalar(value)) return false;
    leaves.push({ path, value });
    return true;
  });
  return leaves;
}

/** A document as people would read it: without JSON's escapes and quotes. */
export function linesOf(document: Json): readonly Line[] {
  const lines: Line[] = [];
  walk(document, ({ path, name, value }) => {
    const scalars = Array.isArray(value) && value.every(isScalar);
    if (!scalars && !isScalar(value)) return false;
    const text = scalars ? value.join(' ') : String(value);
    const args = scalars && text.includes('#') ? { script: argumentsIn(text) } : {};
    lines.push({ label: labelOf(path), name: name.slice(-LABEL_CHARS_MAX), text, ...args });
    return true;
  });
  return lines;
}

/** The command lines that are given in pieces: `{"command": "rm", "args": ["-rf", "/"]}`. */
export function argvsOf(document: Json): readonly string[] {
  const lines: string[] = [];
  walk(document, ({ value }) => {
    if (isScalar(value) || Array.isArray(value)) return isScalar(value);
    const members = Object.entries(value) as (readonly [string, Json])[];
    const [names, args] = [COMMAND, ARGUMENTS].map((wanted) =>
      members.flatMap(([name, member]) => (wanted.test(name) ? wordsOf(member) : [])),
    );
    if (names?.length && args?.length) lines.push(argumentsIn([...names, ...args].join(' ')));
    return false;
  });
  return lines;
}

/** Words behind each other; a `#` begins no comment in what no shell has split. */
function argumentsIn(words: string): string {
  return words.replaceAll(' #', String.raw` \#`);
}

/** The document that a text is in JSON's syntax; nothing when it is none. */
export function documentIn(text: string): readonly Json[] {
  if (!/^["[{]/.test(text) || !/["\]}]$/.test(text)) return [];
  try {
    return [JSON.parse(text) as Json];
  } catch {
    return [];
  }
}

function wordsOf(value: Json): readonly string[] {
  const items: readonly Json[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => (typeof item === 'string' ? item : []));
}

/** Without recursion, which is what deep input is made to exhaust. */
function walk(document: Json, visit: (place: Place) => boolean): void {
  const rest: Place[] = [{ path: '', name: '', value: document }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (!visit(next)) rest.push(...membersOf(next).toReversed());
  }
}

function membersOf({ path, name: own, value }: Place): Place[] {
  if (isScalar(value)) return [];
  if (Array.isArray(value)) return value.map((item: Json) => ({ path, name: own, value: item }));
  return Object.entries(value).map(([name, member]: [string, Json]) => ({
    path: (path === '' ? name : `${path}.${name}`).slice(-PATH_CHARS_MAX),
    name,
    value: member,
  }));
}

function labelOf(path: string): string {
  const last = path.lastIndexOf('.');
  const start = last < 0 ? 0 : path.lastIndexOf('.', last - 1) + 1;
  return path.slice(start).slice(-LABEL_CHARS_MAX);
}

function isScalar(value: Json): value is Leaf['value'] {
  return value === null || typeof value !== 'object';
}
