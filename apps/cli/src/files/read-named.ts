import { readFile } from 'node:fs/promises';
import type { CommandContext } from '../commands/context.ts';
import { usage } from '../commands/usage.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'that is not allowed',
};

/**
 * The bytes of what the command line names: a file, or `-` for the standard input.
 * @throws AppError `invalid` with the reason in words.
 */
export async function readNamed(
  path: string,
  context: Pick<CommandContext, 'readInput'>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (path === '-') return context.readInput();
  try {
    return await readFile(path);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    throw usage(`${path} cannot be read: ${reasons[code] ?? message}`, cause);
  }
}
