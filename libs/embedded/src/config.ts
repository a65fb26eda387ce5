import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Folders in which the host looks for programs. */
export const searchPath: readonly string[] = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => folder !== '');

/** Where downloaded servers are kept between checkouts. */
export const defaultCacheDir = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'signalbox',
);
