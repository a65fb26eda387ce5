import { once } from 'node:events';
import { Readable } from 'node:stream';

/** What waits for a reader, in bytes, beside the one event that is told. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/** Whoever has not read that by then is let go. */
const READING_MS = 30_000;
/** Text that a model says is worth nothing once it is late. */
const TEXT_UNREAD_BYTES_MAX = 256 * 1024;
const HEARTBEAT_MS = 15_000;
/** Emitted when what was told is read. */
const WANTED = 'wanted';

export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // What stands between must not collect it.
  'x-accel-buffering': 'no',
};

/**
 * Server-sent events as the HTML standard has them, with a comment now and then so that nobody
 * takes silence for the end: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream {
  /** What is sent. Destroyed when its reader does not read. */
  readonly bytes = new Readable({ read: () => this.bytes.emit(WANTED) });
  readonly #gone = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;

  constructor() {
    this.#heartbeat = setInterval(() => this.#push(': nothing new\n\n'), HEARTBEAT_MS).unref();
    this.bytes.once('close', () => this.#left());
    this.#push(': here it comes\n\n');
  }

  /** Aborted once nobody reads any more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * Resolves once there is room for more, or nobody reads any more.
   * @param id where a reader that comes back wants to go on.
   */
  async event(data: object, id: number): Promise<void> {
    this.#push(`id: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.bytes.readableLength < UNREAD_BYTES_MAX || this.gone.aborted) return;
    const late = setTimeout(() => this.bytes.destroy(), READING_MS);
    await once(this.bytes, WANTED, { signal: this.gone }).catch(() => undefined);
    clearTimeout(late);
  }

  named(name: string, data: object): void {
    this.#push(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Left out where the reader is behind. */
  text(data: object): void {
    if (this.bytes.readableLength < TEXT_UNREAD_BYTES_MAX) this.named('text', data);
  }

  end(): void {
    clearInterval(this.#heartbeat);
    if (!this.#gone.signal.aborted) this.bytes.push(null);
  }

  #push(frame: string): void {
    if (!this.#gone.signal.aborted) this.bytes.push(frame);
  }

  #left(): void {
    clearInterval(this.#heartbeat);
    this.#gone.abort();
  }
}
