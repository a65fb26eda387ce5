import type { Signal } from '@signalbox/contracts';
import { commandLines } from '../commands/command-lines.ts';
import { canonicalSql, withoutCComments } from './comments.ts';
import { unescaped } from './escapes.ts';
import { foldLooks } from './look-alikes.ts';
import { argvsOf, linesOf } from './payload-values.ts';

/** One way to read a signal, in which patterns are looked for. */
export interface View {
  readonly name: 'raw' | 'plain' | 'sanitised' | 'sql' | 'commands';
  readonly text: string;
  /** The text in one spelling of white space and letter case. */
  readonly normal: string;
}

/** What rules and models are shown of a signal, as contracts with older clients fix it. */
export function signalText(signal: Signal): string {
  return `${headOf(signal)}\nPayload: ${JSON.stringify(signal.payload)}`;
}

/**
 * The texts in which a pattern is looked for, none of them twice. A signal that hides a command
 * behind escapes, comments, look-alikes, white space or quotes shows it in one of them; nothing is
 * ever taken away from the raw one.
 */
export function viewsOf(signal: Signal): readonly View[] {
  const head = headOf(signal);
  const lines = linesOf(signal.payload);
  const plain = [head, ...lines.map(({ label, text }) => `${label}: ${text}`)].join('\n');
  const folded = withUnescaped(foldLooks(plain));
  const scripts = [signal.title, ...lines.map(({ text }) => text), ...argvsOf(signal.payload)];
  const bys = folded.includes('/*') ? (['', ' '] as const) : ([' '] as const);
  return distinct([
    ['raw', signalText(signal)],
    ['plain', plain],
    ['sanitised', normalise(folded)],
    ['sanitised', normalise(withoutCComments(folded))],
    ...bys.map((by) => ['sql', normalise(canonicalSql(folded, by))] as const),
    ['commands', [...new Set(scripts.flatMap(commandsIn))].join('\n').toLowerCase()],
  ]);
}

/** One spelling of white space and letter case. */
export function normalise(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase();
}

function headOf({ source, type, title }: Signal): string {
  return `[${source.toUpperCase()}] ${type}: ${title}`;
}

/** A value of one word that is nothing but itself: a number, a name, a path. */
const PLAIN_WORD = /^[\w.:/@-]*$/;

/** The lines that the shell would run if a value were its input, also behind its escapes. */
function commandsIn(value: string): readonly string[] {
  if (PLAIN_WORD.test(value)) return [];
  const folded = foldLooks(value);
  const uncommented = withoutCComments(folded);
  const texts = [
    folded,
    ...unescaped(folded).map(foldLooks),
    ...(uncommented === folded ? [] : [uncommented]),
  ];
  return texts.flatMap(commandLines);
}

/** With the text without its escapes behind it; looks may hide in those too. */
function withUnescaped(text: string): string {
  return [text, ...unescaped(text).map(foldLooks)].join('\n');
}

function distinct(texts: readonly (readonly [View['name'], string])[]): readonly View[] {
  const seen = new Set(['']);
  return texts.flatMap(([name, text]) => {
    if (seen.has(text)) return [];
    seen.add(text);
    const isNormal = name === 'sanitised' || name === 'sql';
    return { name, text, normal: isNormal ? text : normalise(text) };
  });
}
