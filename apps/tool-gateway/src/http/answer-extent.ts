/** Of one message as it is sent. A result of `BLOB_BYTES_MAX` fits in, with what JSON adds to text. */
export const ANSWER_BYTES_MAX = 20_000_000;
/** Of one message: reading a million empty lists keeps everybody else waiting for seconds. */
export const ANSWER_VALUES_MAX = 250_000;

const [QUOTE, BACKSLASH, NEWLINE] = [0x22, 0x5c, 0x0a];
/** Each of them has a value behind it. */
const [COMMA, LIST, OBJECT] = [0x2c, 0x5b, 0x7b];

/** A peer's answer that is not read, because reading it would cost too much. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';

  constructor() {
    super(`an answer of more than ${ANSWER_BYTES_MAX} bytes or ${ANSWER_VALUES_MAX} values`);
  }
}

/** How large JSON is, told from its bytes as they come. What is no JSON has some size or other. */
export class AnswerExtent {
  private bytes = 0;
  private values = 0;
  private inText = false;
  private escaped = false;

  /** Whether it is still small enough to be read with `part`, which follows what was added before. */
  add(part: Uint8Array): boolean {
    this.bytes += part.length;
    for (const byte of part) this.see(byte);
    return this.bytes <= ANSWER_BYTES_MAX && this.values <= ANSWER_VALUES_MAX;
  }

  private see(byte: number): void {
    // No text of JSON goes beyond its line.
    if (byte === NEWLINE) this.inText = this.escaped = false;
    else if (this.escaped) this.escaped = false;
    else if (byte === QUOTE) this.inText = !this.inText;
    else if (this.inText) this.escaped = byte === BACKSLASH;
    else if (byte === COMMA || byte === LIST || byte === OBJECT) this.values++;
  }
}
