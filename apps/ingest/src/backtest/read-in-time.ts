import { Readable } from 'node:stream';

/**
 * The lines as a stream of bytes, which is destroyed when what is ready is not taken for `idleMaxMs`:
 * who stops reading must not hold what others wait for.
 */
export function readInTime(lines: AsyncIterable<string>, idleMaxMs: number): Readable {
  const stream = Readable.from(timed(), { objectMode: false });
  return stream;

  async function* timed(): AsyncGenerator<string, void> {
    for await (const line of lines) {
      const late = setTimeout(() => stream.destroy(), idleMaxMs);
      try {
        yield line;
      } finally {
        clearTimeout(late);
      }
    }
  }
}
