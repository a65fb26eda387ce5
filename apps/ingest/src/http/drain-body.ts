import type { Readable } from 'node:stream';

/** As much of a refused body is read and thrown away as most clients that are wrong would send. */
const DRAIN_BYTES_MAX = 32 * 1024 * 1024;
const DRAIN_MAX_MS = 5_000;

/**
 * Reads the rest of a refused body. Most clients look at the answer only once they have sent
 * everything: closing the connection on them shows them a broken pipe instead of the reason.
 * Resolves at the latest when the limit in bytes or time is reached.
 */
export function drainBody(body: Readable): Promise<void> {
  if (body.readableEnded || body.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const late = setTimeout(done, DRAIN_MAX_MS);
    body.on('data', count);
    body.once('end', done).once('close', done).once('error', done);
    body.resume();

    function count(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > DRAIN_BYTES_MAX) done();
    }
    function done(): void {
      clearTimeout(late);
      body.off('data', count);
      resolve();
    }
  });
}
