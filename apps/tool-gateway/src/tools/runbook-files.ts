import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { openWithin } from './file-within.ts';
import type { Runbook } from './runbook-search.ts';

/** Runbooks that are looked at; a folder with more is no folder of runbooks. */
const FILES_MAX = 2_000;
const DEPTH_MAX = 10;
/** What is larger is not searched. */
export const RUNBOOK_BYTES_MAX = 1_000_000;
const MARKDOWN = /\.(md|markdown)$/i;

/**
 * The text of a runbook; `missing` when there is none of that path within the folder, wherever links
 * and `..` lead.
 */
export async function readRunbook(
  folder: string,
  path: string,
): Promise<string | 'missing' | 'too_large'> {
  if (!MARKDOWN.test(path)) return 'missing';
  const handle = await openWithin(folder, path);
  if (!handle) return 'missing';
  try {
    const { size } = await handle.stat();
    if (size > RUNBOOK_BYTES_MAX) return 'too_large';
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** Paths of all runbooks within `folder`, sorted. Hidden folders and links to folders are not entered. */
export async function runbookPaths(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const enter = async (within: string, depth: number): Promise<void> => {
    const entries = await readdir(join(folder, within), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (paths.length >= FILES_MAX) return;
      if (entry.name.startsWith('.')) continue;
      const path = posix.join(within, entry.name);
      if (entry.isDirectory() && depth < DEPTH_MAX) await enter(path, depth + 1);
      if (!entry.isDirectory() && MARKDOWN.test(entry.name)) paths.push(path);
    }
  };
  await enter('', 0);
  return paths;
}

/** Those that can be read, one after the other, until `signal` is aborted. */
export async function* allRunbooks(folder: string, signal: AbortSignal): AsyncGenerator<Runbook> {
  for (const path of await runbookPaths(folder)) {
    if (signal.aborted) return;
    const text = await readRunbook(folder, path);
    if (text !== 'missing' && text !== 'too_large') yield { path, text };
  }
}
