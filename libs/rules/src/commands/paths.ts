/** Of a folder in which relative paths begin: one that grows by every `cd` costs with every word. */
const FOLDER_CHARS_MAX = 512;
/** Marks of prose and JSON that may stand right behind a path. */
const BEHIND = new Set(']}),:;!?>"\'');
/** A part of a path that stands for everything in its folder: `*`, `.*`, `[a-z]*`, `@(*)`. */
const EVERYTHING = /^(?=.*\*)(?:\[[^\]]{0,32}\]|[*?.]|@\(){1,16}$/;

/**
 * An absolute path in one spelling: `//`, `/./.`, `/etc/..` are `/`, and `/*`, `/?*`, `/.*` are
 * `/*`; `/proc/1/root` is the root of a process. Undefined for what is no path, or relative while `folder`, an absolute path, is not known.
 */
export function absolutePath(word: string, folder?: string): string | undefined {
  const from = word.startsWith('/') ? '' : folder;
  if (from === undefined || from.length > FOLDER_CHARS_MAX) return undefined;
  if (/^[~$-]/.test(word)) return undefined;
  const parts: string[] = [];
  for (const part of `${from}/${withoutMarks(word)}`.split('/')) {
    const isRoot = part === 'root' && parts.length === 2 && parts[0] === 'proc';
    if (isRoot) parts.length = 0;
    else if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  if (parts.length > 0 && parts.every((part) => EVERYTHING.test(part))) return '/*';
  return `/${parts.join('/')}`;
}

function withoutMarks(word: string): string {
  let end = word.length;
  while (BEHIND.has(word[end - 1] ?? '')) end--;
  return word.slice(0, end);
}
