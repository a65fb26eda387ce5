import { ansiC, endOfQuote, unquoted } from './shell-quoting.ts';
import {
  ECHO,
  expanded,
  newExpansions,
  remember,
  rememberCommand,
  VARIABLE,
  valueOf,
  withHome,
  withVariables,
  type Expansions,
} from './shell-expansion.ts';

/** A command line as the shell would split it. */
export interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** False when quotes, escapes or variables made it look otherwise than it runs. */
  readonly plain: boolean;
}

export interface ShellWord {
  readonly text: string;
  /** Where output goes to or input comes from: no argument. */
  readonly redirect: boolean;
}

/** What the whole text shares, also the scripts in its quotes. */
interface Script {
  readonly commands: ShellCommand[];
  readonly expansions: Expansions;
}

interface Lexing {
  readonly source: string;
  readonly script: Script;
  /** Quoted text of more than one word: what `sh -c`, `eval` or a reader of prose would run. */
  readonly quoted: string[];
  /** Quotes that are known not to end any more. */
  readonly unended: Set<string>;
  at: number;
  words: ShellWord[];
  word: string | undefined;
  braced: boolean;
  redirect: boolean;
  plain: boolean;
}

const QUOTES_WITHIN_MAX = 6;

const PLAIN_CHARS = /[^\\'"$`\s;|&()<>{},#]+/y;
const CONTRACTION = /'(?:s|t|d|m|re|ve|ll)(?![\w'])/iy;
/** The only quotes that keep several words apart. */
const QUOTED_ARGUMENTS = /"\$(@|\{@\})"/y;
const ANSI_C = /\$'((?:[^'\\]|\\[^]){0,1000})'/y;

/**
 * The commands in a text that may be a shell script, a line of one, or prose that quotes one. It
 * splits words and understands no syntax: what can separate commands does so everywhere. Linear in
 * the text; nothing is run, and no file or variable of this machine is looked at.
 */
export function shellCommands(text: string): readonly ShellCommand[] {
  const script = { commands: [], expansions: newExpansions() };
  let level = [text.replace(ECHO, '$1')];
  for (let depth = 0; depth <= QUOTES_WITHIN_MAX && level.length > 0; depth++) {
    level = level.flatMap((source) => lex(source, script));
  }
  return script.commands;
}

/** Answers with the quoted texts. */
function lex(source: string, script: Script): string[] {
  const state: Lexing = {
    source,
    script,
    quoted: [],
    unended: new Set(),
    at: 0,
    words: [],
    word: undefined,
    braced: false,
    redirect: false,
    plain: true,
  };
  while (state.at < source.length) step(state, source[state.at] ?? '');
  endCommand(state);
  return state.quoted;
}

function step(state: Lexing, char: string): void {
  const run = sticky(PLAIN_CHARS, state);
  if (run) return add(state, run[0]);
  if (char === '$') return expand(state);
  if (char === '"' && sticky(QUOTED_ARGUMENTS, state)) {
    return addWords(state, valueOf(state.script.expansions, ['', '@']));
  }
  if (char === "'" || char === '"') return quote(state, char);
  state.at++;
  if (char === '\\') return escape(state);
  if (char === '<' || char === '>') return redirect(state);
  if (char === '{' || char === '}' || char === ',') return brace(state, char);
  // `@(*)` is a pattern, and `a#b #c` has no comment
  const next = state.source[state.at] ?? '';
  const isPart = char === '#' && /\S/.test(`${state.word ?? ''}${next}`);
  if (isPart || (char === '(' && state.word?.endsWith('@'))) return add(state, char);
  const separates = /[\n;|&()`#]/.test(char) && !(char === '&' && next === '>');
  return separates ? endCommand(state) : endWord(state);
}

/** A match where the lexer stands, which it then has passed. */
function sticky(pattern: RegExp, state: Lexing): RegExpExecArray | null {
  pattern.lastIndex = state.at;
  const match = pattern.exec(state.source);
  if (match) state.at = pattern.lastIndex;
  return match;
}

function add(state: Lexing, text: string): void {
  state.word = (state.word ?? '') + text;
}

function escape(state: Lexing): void {
  const [char = ''] = /^(?:\r?\n|[^])/.exec(state.source.slice(state.at, state.at + 2)) ?? [];
  state.at += char.length;
  state.plain = false;
  if (!char.endsWith('\n')) add(state, char);
}

function quote(state: Lexing, mark: string): void {
  if (/\w/.test(state.word?.at(-1) ?? '') && sticky(CONTRACTION, state)) return;
  const end = state.unended.has(mark) ? -1 : endOfQuote(state.source, state.at + 1, mark);
  if (end < 0) state.unended.add(mark);
  const content = state.source.slice(state.at + 1, Math.max(end, state.at));
  state.at = Math.max(end, state.at) + 1;
  if (end < 0) return endWord(state);
  const { expansions } = state.script;
  addQuoted(state, mark === '"' ? withVariables(expansions, unquoted(content)) : content);
}

function addQuoted(state: Lexing, text: string): void {
  state.plain = false;
  add(state, text);
  if (/[\s;|&()`<>]/.test(text)) state.quoted.push(text);
  if (state.source[state.at] !== ',') return;
  state.at++;
  endWord(state);
}

function expand(state: Lexing): void {
  const ansi = sticky(ANSI_C, state);
  if (ansi) return addQuoted(state, ansiC(ansi[1] ?? ''));
  const variable = sticky(VARIABLE, state);
  if (variable) return addWords(state, valueOf(state.script.expansions, variable));
  state.at++;
  if (state.source[state.at] !== '"') add(state, '$');
}

function addWords(state: Lexing, text: string): void {
  state.plain = false;
  text.split(/\s+/).forEach((part, i) => {
    if (i > 0) endWord(state);
    if (part !== '') add(state, part);
  });
}

function redirect(state: Lexing): void {
  if (/^\d+$/.test(state.word ?? '')) state.word = undefined;
  endWord(state);
  while (/[<>&|]/.test(state.source[state.at] ?? '')) state.at++;
  state.redirect = true;
}

function brace(state: Lexing, char: string): void {
  if (char === ',' && /^\s?$/.test(state.source[state.at] ?? '')) return endWord(state);
  state.braced ||= char !== ',';
  add(state, char);
}

function endWord(state: Lexing): void {
  const { script, redirect: isTarget, braced } = state;
  if (state.word === undefined) return;
  const word = withHome(script.expansions, state.word);
  state.word = undefined;
  state.redirect = false;
  state.braced = false;
  if (braced && (word === '{' || word === '}')) return endCommand(state);
  remember(script.expansions, word);
  const words = braced ? expanded(script.expansions, word) : [word];
  if (words.length > 1) state.plain = false;
  state.words.push(...words.map((text) => ({ text, redirect: isTarget })));
}

function endCommand(state: Lexing): void {
  endWord(state);
  const { words, plain, script } = state;
  rememberCommand(script.expansions, words);
  if (words.length > 0) script.commands.push({ words, plain });
  state.words = [];
  state.plain = true;
}
