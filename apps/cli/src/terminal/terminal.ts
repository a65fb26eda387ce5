import { styleText } from 'node:util';

export type Tone = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'waiting';

/** What the commands print on. */
export interface Terminal {
  /** One line, without its break. */
  line(text: string): void;
  error(text: string): void;
  paint(tone: Tone, text: string): string;
  /** Width of the screen; absent when nobody looks, and nothing is shortened then. */
  readonly columns?: number;
}

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
  return {
    line: (text) => stdout.write(`${text}\n`),
    error: (text) => stderr.write(`${text}\n`),
    paint: (tone, text) =>
      colours && tone !== 'plain' && text !== ''
        ? styleText(styles[tone], text, { validateStream: false })
        : text,
    ...(stdout.isTTY ? { columns: stdout.columns } : {}),
  };
}
