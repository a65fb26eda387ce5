import type { ShellWord } from './shell-words.ts';

/** What the variables and braces of one text stand for, as far as the text itself tells. */
export interface Expansions {
  readonly variables: Map<string, string>;
  /** Characters that they may still become. */
  charsLeft: number;
}

const CHARS_MAX = 65_536;
const VARIABLES_MAX = 64;
const VALUE_CHARS_MAX = 256;
/** Of those that a command sets a variable to. */
const WORDS_MAX = 64;
const BRACE_CHARS_MAX = 256;
const BRACE_WORDS_MAX = 32;

/** `$name`, `${name}`, `${name:-otherwise}`, and those of a script's arguments. */
export const VARIABLE =
  /\$(?:\{([A-Za-z_]\w{0,63}|[0-9@*#?!])(?::?[-=]([^}]{0,64}))?([^}]{0,64})\}|([A-Za-z_]\w{0,63}|[0-9@*#?!-]))/y;
/** `$(echo rm)`, `` `which rm` ``: a command whose output is what it is given. */
export const ECHO =
  /(?:\$\(|`)\s{0,8}(?:echo|printf|which|command -v)\s{1,8}([^()`$;|&]{1,64})(?:\)|`)/g;
/** `${name:from:length}` */
const SLICE = /^:\s{0,8}(\d{1,3})(?::(\d{1,3}))?$/;
/** `${name%%*}` is nothing, whatever the name stands for. */
const ALL_AWAY = /^(?:##|%%)\*$/;
const ASSIGNMENT = /^([A-Za-z_]\w{0,63})=([^]*)$/;
const BRACES = /^([^]*?)\{([^{}]*,[^{}]*)\}([^]*)$/;

export function newExpansions(): Expansions {
  return { variables: new Map(), charsLeft: CHARS_MAX };
}

/** Takes note of a word that sets a variable. */
export function remember(expansions: Expansions, word: string): void {
  const [, name, value = ''] = ASSIGNMENT.exec(word) ?? [];
  if (name !== undefined) assign(expansions, name, value);
}

/** Takes note of what `for name in …`, `read name <<< …` and `set -- …` set. */
export function rememberCommand(expansions: Expansions, words: readonly ShellWord[]): void {
  const [first, second, third] = words.slice(0, 3).map(({ text }) => text);
  const textFrom = (from: number) => words.slice(from, from + WORDS_MAX).map(({ text }) => text);
  if (first === 'for' && second !== undefined && third === 'in') {
    assign(expansions, second, textFrom(3).join(' '));
  } else if (first === 'set' && second === '--') {
    const given = textFrom(2);
    for (const all of '@*') assign(expansions, all, given.join(' '));
    given.slice(0, 9).forEach((value, i) => assign(expansions, `${i + 1}`, value));
  } else if (first === 'read') {
    const input = words.findIndex(({ redirect }) => redirect);
    const name = words[input - 1]?.text;
    if (name !== undefined) assign(expansions, name, textFrom(input).join(' '));
  }
}

function assign({ variables }: Expansions, name: string, value: string): void {
  if (variables.size < VARIABLES_MAX) variables.set(name, value.slice(0, VALUE_CHARS_MAX));
}

/** A word with the home folder in the place of its `~`, if the text says which that is. */
export function withHome({ variables }: Expansions, word: string): string {
  const home = /^~(?:\/|$)/.test(word) ? variables.get('HOME') : undefined;
  return home === undefined ? word : `${home}${word.slice(1)}`;
}

export function withVariables(expansions: Expansions, text: string): string {
  const pattern = new RegExp(VARIABLE.source, 'g');
  return text.replace(pattern, (...match: string[]) => valueOf(expansions, match));
}

/**
 * Of a match of VARIABLE: what the text set it to, its default, '' for arguments that it did not
 * set, else as it stands.
 */
export function valueOf(expansions: Expansions, match: readonly (string | undefined)[]): string {
  const [whole = '', braced, otherwise, change = '', bare] = match;
  const name = braced ?? bare ?? '';
  if (name === 'IFS') return ' ';
  const known = expansions.variables.get(name) ?? otherwise;
  const isKnown = known !== undefined || !/^[a-z_]/i.test(name) || ALL_AWAY.test(change);
  const value = isKnown ? changed(known ?? '', change) : whole;
  expansions.charsLeft -= value.length;
  return expansions.charsLeft < 0 ? whole : value;
}

/** By what stands behind a name: `:1`, `:0:2`, `#start`, `%end`; other changes are not made. */
function changed(value: string, change: string): string {
  const [, from, length] = SLICE.exec(change) ?? [];
  if (from !== undefined) return value.slice(Number(from)).slice(0, Number(length ?? Infinity));
  if (ALL_AWAY.test(change)) return '';
  const part = change.replace(/^(?:##?|%%?)/, '');
  if (change.startsWith('#') && value.startsWith(part)) return value.slice(part.length);
  const isEnd = change.startsWith('%') && value.endsWith(part);
  return isEnd ? value.slice(0, value.length - part.length) : value;
}

/** The words that `{rm,-rf,/}` or `r{m,}` stands for. */
export function expanded(expansions: Expansions, word: string): readonly string[] {
  if (word.length > BRACE_CHARS_MAX || expansions.charsLeft < 0) return [word];
  const words: string[] = [];
  const rest = [word];
  for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
    const [, before = '', choices = '', after = ''] = BRACES.exec(next) ?? [];
    if (choices === '' || words.length + rest.length >= BRACE_WORDS_MAX) words.push(next);
    else rest.unshift(...choices.split(',').map((choice) => `${before}${choice}${after}`));
  }
  expansions.charsLeft -= words.length > 1 ? words.join('').length : 0;
  return words.filter((text) => text !== '');
}
