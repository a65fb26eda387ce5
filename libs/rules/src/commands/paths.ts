/** Marks of prose and JSON that may stand right behind a path. */
const BEHIND = new Set(']}),:;!?>"\'');
/** A part of a path that stands for everything in its folder. */
const EVERYTHING = /^(?=.*\*)(?:\[[^\]]{0,32}\]|[*?.]){1,16}$/;

/**
 * An absolute path in one spelling: `//`, `/./.`, `/etc/..` are `/`, and `/*`, `/?*`, `/.*` are
 * `/*`. Undefined for what is no path, or relative while `folder`, an absolute path, is not known.
 */
export function absolutePath(word: string, folder?: string): string | undefined {
  const from = word.startsWith('/') ? '' : folder;
  if (from === undefined || /^[~$-]/.test(word)) return undefined;
  const parts: string[] = [];
  for (const part of `${from}/${withoutMarks(word)}`.split('/')) {
    if (part === '..') parts.pop();
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
