import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A file of the repository: `path` from its root, with `/`. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A check answers with one line per problem, `path: what is wrong`. */
export type Check = (files: readonly SourceFile[]) => readonly string[];

const binary = /\.(png|ico|woff2?)$/;

/** Every file git knows or would add, so that generated and ignored files are left out. */
export function repositoryFiles(): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter((path) => path !== '' && !binary.test(path) && existsSync(path))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** `libs/kernel` for a file of that package, undefined for one outside of all packages. */
export function packageOf(path: string): string | undefined {
  return /^((?:apps|libs)\/[^/]+|e2e|bench)\//.exec(path)?.[1];
}

export const isSource = (path: string): boolean => /^(apps|libs|e2e|bench)\/.*\.tsx?$/.test(path);
export const isSpec = (path: string): boolean => /\.(spec|contract)\.ts$/.test(path);

/** What a TypeScript file imports or re-exports, statically or by `import('…')` with a literal. */
export function importsOf(text: string): string[] {
  const pattern = /(?:^|[\s;])(?:from|import)\s*\(?\s*'([^']+)'/gm;
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}
