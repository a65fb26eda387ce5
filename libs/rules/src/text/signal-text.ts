import type { Signal } from '@signalbox/contracts';
import { commandLines } from '../commands/command-lines.ts';
import { canonicalSql, type CommentReading, withoutCComments } from './comments.ts';
import { unescaped } from './escapes.ts';
import { foldLooks } from './look-alikes.ts';
import { withoutMarkup } from './markup.ts';
import { argvsOf, documentIn, type Line, linesOf } from './payload-values.ts';

/** Of documents in texts of documents. */
const DOCUMENTS_WITHIN_MAX = 3;

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
  const scripts = [...argvsOf(signal.payload), ...scriptsIn([titleLine(signal), ...lines])];
  return distinct([
    ['raw', signalText(signal)],
    ['plain', plain],
    ['sanitised', normalise(folded)],
    ['sanitised', normalise(withoutCComments(folded))],
    ...readingsOf(folded).map((by) => ['sql', normalise(canonicalSql(folded, by))] as const),
    ['commands', [...new Set(scripts.flatMap(commandsIn))].join('\n').toLowerCase()],
  ]);
}

/** One spelling of white space and letter case. */
export function normalise(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase();
}

function readingsOf(text: string): readonly CommentReading[] {
  const blocks = text.includes('/*');
  const readings: CommentReading[] = blocks ? [{ by: '' }, { by: ' ' }] : [{ by: ' ' }];
  return blocks || text.includes('\r') ? [...readings, { by: ' ', postgres: true }] : readings;
}

function headOf({ source, type, title }: Signal): string {
  return `[${source.toUpperCase()}] ${type}: ${title}`;
}

/** A value of one word that is nothing but itself: a number, a name, a path. */
const PLAIN_WORD = /^[\w.:/@-]*$/;

function titleLine({ title }: Signal): Line {
  return { label: '', name: '', text: title };
}

/** What may be a command line: values, also with their names, and those of JSON in a value. */
function scriptsIn(lines: readonly Line[]): readonly string[] {
  const scripts: (readonly string[])[] = [];
  let level = lines;
  for (let depth = 0; depth <= DOCUMENTS_WITHIN_MAX && level.length > 0; depth++) {
    scripts.push(
      level.flatMap(({ name, text, script = text }) =>
        PLAIN_WORD.test(name) ? script : [script, `${name} ${script}`],
      ),
    );
    const documents = level.flatMap(({ text }) => documentIn(text));
    scripts.push(documents.flatMap(argvsOf));
    level = documents.flatMap(linesOf);
  }
  return scripts.flat();
}

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
  return [...texts, ...texts.flatMap(withoutMarkup)].flatMap(commandLines);
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
