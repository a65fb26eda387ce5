import { AnswerExtent } from '../http/answer-extent.ts';

const NEWLINE = 0x0a;
/** Of a line that is too long: enough for what stands before and behind a result. */
const EDGE_BYTES = 300;

/** A line, or its two ends when it is too long to be kept. */
export type MessageLine =
  | { readonly text: string; readonly bytes: number }
  | { readonly beginning: string; readonly end: string };

/** Divides what a server writes into lines, and keeps no more of one than may be read. */
export class MessageLines {
  private extent = new AnswerExtent();
  private parts: Uint8Array[] = [];
  /** Of a line that is too long. */
  private beginning: string | undefined;

  /** The lines that end in `piece`. */
  *take(piece: Uint8Array): Generator<MessageLine> {
    let rest = piece;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      this.keep(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
      yield this.ended();
    }
    if (rest.length > 0) this.keep(rest);
  }

  /** Whether the line that has begun is one that is only skipped. */
  get skips(): boolean {
    return this.beginning !== undefined;
  }

  private keep(part: Uint8Array): void {
    this.parts.push(part);
    if (this.beginning === undefined) {
      if (this.extent.add(part)) return;
      this.beginning = textOf(this.parts.slice(0, EDGE_BYTES)).slice(0, EDGE_BYTES);
    }
    this.parts = [Buffer.concat(this.parts.slice(-2)).subarray(-EDGE_BYTES)];
  }

  private ended(): MessageLine {
    const { beginning, parts } = this;
    this.extent = new AnswerExtent();
    this.parts = [];
    this.beginning = undefined;
    const text = textOf(parts);
    if (beginning !== undefined) return { beginning, end: text };
    return { text, bytes: Buffer.byteLength(text) };
  }
}

const textOf = (parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('utf8');

const MEMBER = String.raw`"id"\s*:\s*(?<id>\d+|"[^"\\]*")`;
const VERSION = String.raw`"jsonrpc"\s*:\s*"2\.0"`;
const AT_BEGINNING = new RegExp(String.raw`^\s*\{\s*(?:${VERSION}\s*,\s*)?${MEMBER}\s*,`);
const AT_END = new RegExp(String.raw`,\s*${MEMBER}\s*(?:,\s*${VERSION}\s*)?\}\s*$`);
const IS_NO_ANSWER = new RegExp(String.raw`^\s*\{\s*(?:${VERSION}\s*,\s*)?"method"`);

/**
 * Which request a message that is too long answers: `none` when it is no answer, absent when that
 * stands between its ends.
 */
export function answeredBy(line: {
  readonly beginning: string;
  readonly end: string;
}): string | number | 'none' | undefined {
  const { id } = (AT_BEGINNING.exec(line.beginning) ?? AT_END.exec(line.end))?.groups ?? {};
  if (id !== undefined) return JSON.parse(id) as string | number;
  return IS_NO_ANSWER.test(line.beginning) ? 'none' : undefined;
}
