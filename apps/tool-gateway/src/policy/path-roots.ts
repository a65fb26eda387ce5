import { lstatSync, realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

const PATH_CHARACTERS_MAX = 4_096;

/**
 * Folders, and whether a path leads into one of them. The path is judged in each way in which a
 * program may read it: as the system does, links first; by its words, as most programs tidy it
 * beforehand; and both of its Unicode compatibility form, where look-alikes of dots and slashes have
 * become what they look like. Case is the file system's own. Between this and the use of the path
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
    // Windows' separator means nothing here, but some programs take it for one.
    if (/[\0\\]/.test(path)) return 'holds a NUL or a backslash';
    if (!path.startsWith('/')) return 'is not absolute';
    const folded = path.normalize('NFKC');
    const within =
      [path, resolve(path)].every((reading) => this.holds(reading, asIs)) &&
      (folded === path ||
        [folded, resolve(folded)].every((reading) => this.holds(reading, compatible)));
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
const compatible = (text: string) => text.normalize('NFKC');

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
