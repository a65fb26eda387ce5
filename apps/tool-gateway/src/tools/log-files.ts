import { readdir } from 'node:fs/promises';
import { openWithin } from './file-within.ts';

/** Of a file's end; what stands before it is not looked at. */
const SCAN_BYTES_MAX = 8_000_000;
const NAMES_MAX = 50;

export interface LogFileQuery {
  /** Within the folder. */
  readonly file: string;
  /** A fixed text that the lines hold. */
  readonly contains: string;
  readonly limit: number;
}

/** The last lines, the newest last; absent when there is no such file within the folder. */
export async function tailOf(folder: string, query: LogFileQuery) {
  const handle = await openWithin(folder, query.file);
  if (!handle) return undefined;
  try {
    const { size } = await handle.stat();
    const bytes = Math.min(size, SCAN_BYTES_MAX);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, size - bytes);
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    // The first one may have begun before.
    if (bytes < size) lines.shift();
    const found = lines.filter((line) => line.includes(query.contains));
    return { lines: found.slice(-query.limit), found: found.length, bytesNotRead: size - bytes };
  } finally {
    await handle.close();
  }
}

export async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return names.toSorted().slice(0, NAMES_MAX);
}
