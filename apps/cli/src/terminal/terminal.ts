import { styleText } from 'node:util';
import { shorten } from './text.ts';

export type Tone = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'waiting';

/** What the commands print on. */
export interface Terminal {
  /** One line, without its break. */
  line(text: string): void;
  error(text: string): void;
  paint(tone: Tone, text: string): string;
  /** A line that the next one takes the place of; '' removes it. Absent when nobody looks. */
  progress?(text: string): void;
  /** Width of the screen; absent when nobody looks, and nothing is shortened then. */
  readonly columns?: number;
}

const CLEAR_LINE = '\r\u001b[2K';

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<Tone, Style>> = {
  plain: 'reset',
  bold: 'bold',
  dim: 'dim',
  good: 'green',
  bad: 'red',
  waiting: 'yellow',
};

/** The process's own. Colours only for a person, and only if they have not said NO_COLOR. */
export function processTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const { stdout, stderr } = process;
  // `signalbox why … | head`, or a closed window: who read is gone, and there is nobody to tell.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
  const colours = stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  const rewrites = stderr.isTTY && env['TERM'] !== 'dumb';
  return {
    line: (text) => stdout.write(`${text}\n`),
    error: (text) => stderr.write(`${text}\n`),
    paint: (tone, text) =>
      colours && tone !== 'plain' && text !== ''
        ? styleText(styles[tone], text, { validateStream: false })
        : text,
    ...(rewrites
      ? { progress: (text) => stderr.write(CLEAR_LINE + shorten(text, stderr.columns - 1)) }
      : {}),
    ...(stdout.isTTY ? { columns: stdout.columns } : {}),
  };
}
