/** What the variables and braces of one text stand for, as far as the text itself tells. */
export interface Expansions {
  readonly variables: Map<string, string>;
  /** Characters that they may still become. */
  charsLeft: number;
}

const CHARS_MAX = 65_536;
const VARIABLES_MAX = 64;
const VALUE_CHARS_MAX = 256;
const BRACE_CHARS_MAX = 256;
const BRACE_WORDS_MAX = 32;

/** `$name`, `${name}`, `${name:-otherwise}`, and those of a script's arguments. */
export const VARIABLE =
  /\$(?:\{([A-Za-z_]\w{0,63}|[0-9@*#?!])(?::?[-=]([^}]{0,64}))?[^}]{0,64}\}|([A-Za-z_]\w{0,63}|[0-9@*#?!-]))/y;
const ASSIGNMENT = /^([A-Za-z_]\w{0,63})=([^]*)$/;
const BRACES = /^([^]*?)\{([^{}]*,[^{}]*)\}([^]*)$/;

export function newExpansions(): Expansions {
  return { variables: new Map(), charsLeft: CHARS_MAX };
}

/** Takes note of a word that sets a variable. */
export function remember({ variables }: Expansions, word: string): void {
  const [, name, value = ''] = ASSIGNMENT.exec(word) ?? [];
  if (name === undefined || variables.size >= VARIABLES_MAX) return;
  variables.set(name, value.slice(0, VALUE_CHARS_MAX));
}

export function withVariables(expansions: Expansions, text: string): string {
  const pattern = new RegExp(VARIABLE.source, 'g');
  return text.replace(pattern, (...match: string[]) => valueOf(expansions, match));
}

/** Of a match of VARIABLE: what the text set it to, its default, '' for `$@`, else as it stands. */
export function valueOf(expansions: Expansions, match: readonly (string | undefined)[]): string {
  const [whole = '', braced, otherwise, bare] = match;
  const name = braced ?? bare ?? '';
  if (name === 'IFS') return ' ';
  if (!/^[a-z_]/i.test(name)) return '';
  const value = expansions.variables.get(name) ?? otherwise ?? whole;
  expansions.charsLeft -= value.length;
  return expansions.charsLeft < 0 ? whole : value;
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
