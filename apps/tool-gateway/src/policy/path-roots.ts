import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

const PATH_CHARACTERS_MAX = 4_096;
/** Windows' separator means nothing here, but some programs take it for one. */
const NEVER = /[\p{Cc}\\]/u;
/** What who takes a path for part of a URL makes dots and slashes of. */
const ESCAPED = /%(?:2e|2f|5c|25|00)/i;
/** Those that compatibility forms leave as they are. */
const SLASHES = /[\u2044\u2215\u2571\u29f8]/g;
const BACKSLASHES = /[\u2216\u2572\u29f5\u29f9]/g;
/** Nobody sees them, and many programs drop them. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * Folders, and whether a path leads into one of them. The path is judged in each way in which a
 * program may read it: as the system does, links first; by its words, as most programs tidy it
 * beforehand; and both with look-alikes of dots and slashes as what they look like. Case is the file system's own. Between this and the use of the path
 * somebody may exchange a folder for a link: against that only a sandbox helps.
 */
export class PathRoots {
  private readonly real: readonly string[];

  /** `roots` are absolute. @throws Error of the file system when one is not there. */
  constructor(private readonly roots: readonly string[]) {
    this.real = roots.map((root) => realpathSync.native(root));
  }

  /** Why a path is refused; absent when it is within. */
  objectionTo(path: string): string | undefined {
    if (path.length > PATH_CHARACTERS_MAX) return 'is too long';
    const folded = lookOf(path);
    if (NEVER.test(path) || NEVER.test(folded)) return 'holds a backslash or a control character';
    if (ESCAPED.test(folded)) return 'holds an escaped dot, slash or percent sign';
    if (!path.startsWith('/')) return 'is not absolute';
    const within =
      [path, resolve(path)].every((reading) => this.holds(reading, asIs)) &&
      (folded === path ||
        [folded, resolve(folded)].every((reading) => this.holds(reading, lookOf)));
    return within ? undefined : `is not within ${this.roots.join(', ')}`;
  }

  private holds(path: string, form: (text: string) => string): boolean {
    const place = realPlaceOf(path);
    if (place === undefined) return false;
    const found = form(place);
    return this.real.some((root) => {
      const folder = form(root);
      return found === folder || found.startsWith(folder.endsWith(sep) ? folder : folder + sep);
    });
  }
}

const asIs = (text: string) => text;

function lookOf(text: string): string {
  const visible = text.normalize('NFKC').replace(INVISIBLE, '');
  return visible.replace(SLASHES, '/').replace(BACKSLASHES, '\\');
}

/**
 * Where the system would end up: links are followed and `..` is taken from where they lead. What is
 * not there yet is taken to be made in its nearest folder that is. Absent: nobody can say.
 */
function realPlaceOf(path: string): string | undefined {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  let place: string = sep;
  for (const [i, name] of names.entries()) {
    if (name === '..') {
      place = dirname(place);
      continue;
    }
    const next = join(place, name);
    try {
      place = realpathSync.native(next);
      // There a path means another thing to each process.
      if (`${place}/`.startsWith('/proc/')) return undefined;
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT' && !isThere(next);
      const rest = names.slice(i);
      return missing && !rest.includes('..') ? join(place, ...rest) : undefined;
    }
  }
  return place;
}

/** A link that leads to nothing is: who writes to it writes where it leads. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
