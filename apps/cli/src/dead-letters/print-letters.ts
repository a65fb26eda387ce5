import type { Terminal } from '../terminal/terminal.ts';
import { fitted, minute, oneLine, visibleLines } from '../terminal/text.ts';
import type { DeadLetter, DeadLetterDetail } from './dead-letter-api.ts';

/** A body is shown up to here; `--json` has it whole. */
const BODY_LINES_MAX = 200;

/** Two lines for each: what it is, and why it was given up. */
export function printLetters(letters: readonly DeadLetter[], terminal: Terminal): void {
  const { paint, columns } = terminal;
  if (letters.length === 0) return terminal.line('There are no dead letters.');
  const width = Math.max(...letters.map(({ sequence }) => String(sequence).length));
  const serviceWidth = Math.max(...letters.map(({ service }) => service.length));
  const indent = ' '.repeat(width + 2);
  for (const { sequence, dead_at, service, subject, code, reason } of letters) {
    const parts = [`${minute(dead_at)} UTC`, service.padEnd(serviceWidth), oneLine(subject)];
    const where = fitted(parts.join('  '), indent.length, columns);
    const why = fitted(oneLine(`${code}: ${reason}`), indent.length, columns);
    terminal.line(`${paint('bold', String(sequence).padStart(width))}  ${where}`);
    terminal.line(indent + paint('bad', why.slice(0, code.length)) + why.slice(code.length));
  }
  const hint = 'signalbox dlq show <sequence>, or signalbox dlq redrive <sequence>';
  terminal.line(paint('dim', hint));
}

/** Everything about one, the body as it came where it is text. */
export function printLetter(letter: DeadLetterDetail, terminal: Terminal): void {
  const { paint } = terminal;
  const row = (name: string, text: string) =>
    terminal.line(`${paint('dim', name.padEnd(10))} ${oneLine(text)}`);
  terminal.line(paint('bold', `dead letter ${letter.sequence}`));
  row('because', `${letter.code}: ${letter.reason}`);
  const deliveries = `${letter.deliveries} ${letter.deliveries === 1 ? 'delivery' : 'deliveries'}`;
  row('given up', `${minute(letter.dead_at)} UTC, by ${letter.service} after ${deliveries}`);
  row('subject', letter.subject);
  row('place', `${letter.stream} ${letter.original_sequence}, ${minute(letter.stored_at)} UTC`);
  for (const [name, value] of Object.entries(letter.headers)) row('header', `${name}: ${value}`);
  row('body', `${letter.bytes} bytes${letter.body_encoding === 'base64' ? ', as Base64' : ''}`);
  const lines = letter.body === '' ? [] : visibleLines(readable(letter.body));
  for (const line of lines.slice(0, BODY_LINES_MAX)) terminal.line(line);
  const left = lines.length - BODY_LINES_MAX;
  if (left > 0) terminal.line(paint('waiting', `… ${left} lines more: --json has all of it`));
}

/** JSON on one line is hard to read. */
function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
