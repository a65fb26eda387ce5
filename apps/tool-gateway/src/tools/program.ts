import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { invalidConfig } from '../gateway-config/invalid-config.ts';

const require = createRequire(import.meta.url);

/** `node` is the one that runs us, whatever the machine has besides. */
export function executableOf(command: string): string {
  return command === 'node' ? process.execPath : command;
}

/**
 * The script behind the command that an installed npm package brings.
 * @throws AppError `invalid` when there is no such package or command.
 */
export function entryOfPackage(name: string): string {
  const folder = (require.resolve.paths(name) ?? [])
    .map((path) => join(path, name))
    .find((path) => existsSync(join(path, 'package.json')));
  if (!folder) throw invalidConfig(`the package ${name} is not installed`);
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { bin } = manifest as { bin?: string | Record<string, string> };
  const script = typeof bin === 'string' ? bin : Object.values(bin ?? {})[0];
  if (script === undefined) throw invalidConfig(`the package ${name} brings no command`);
  return join(folder, script);
}

/** The folders of packages in which a script looks for its own needs. */
export function moduleFoldersOf(script: string): readonly string[] {
  return (createRequire(script).resolve.paths('any') ?? []).filter((path) => existsSync(path));
}

/** What every program gets of our environment: enough to start, and no secret. */
export function programEnvironment(
  configured: Readonly<Record<string, string>>,
): Record<string, string> {
  return { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, ...configured };
}
