import { isSource, isSpec, type Check } from './workspace.ts';

const LINES_MAX = 200;

const vagueName = /(^|[/.-])(utils?|helpers?|common|managers?|misc)([/.-]|$)/;
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;

/** Names and lengths of files. */
export const fileShape: Check = (files) =>
  files
    .filter(({ path }) => isSource(path) || path.startsWith('tools/'))
    .flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1;
      const name = path.split('/').at(-1) ?? '';
      const problems: string[] = [];
      if (!isSpec(path) && lines > LINES_MAX)
        problems.push(`${path}: ${lines} lines, at most ${LINES_MAX}`);
      if (!kebab.test(name)) problems.push(`${path}: the name is not kebab-case.role.ts`);
      if (vagueName.test(path)) problems.push(`${path}: the name does not say what is in it`);
      if (path.endsWith('.spec.ts') && !/\.(unit|int|e2e|alone|fixture)\.spec\.ts$/.test(path))
        problems.push(`${path}: a test's suffix names its cost: .unit, .int, .e2e or .alone`);
      if (name.endsWith('.fixture.ts'))
        problems.push(`${path}: a fixture is a .fixture.spec.ts, which builds leave out`);
      return problems;
    });

/** The environment is read in one place of each process, as a value from there on. */
export const environmentReads: Check = (files) =>
  files
    .filter(({ path, text }) => isSource(path) && !isSpec(path) && /process\.env\b/.test(text))
    .filter(({ path }) => !/[./-](config|main)\.ts$/.test(path))
    .map(({ path }) => `${path}: reads process.env, which only config.ts and main.ts may`);

const forbidden: readonly (readonly [RegExp, string])[] = [
  [/\b(it|test|describe)\.(only|skip|todo)\b|\bx(it|describe)\(/, 'skips or singles out a test'],
  [/@ts-(ignore|nocheck)|eslint-disable|oxlint-disable/, 'silences a check'],
  [/\benum\s+[A-Z]\w*\s*\{/, 'has an enum; a union of literals says the same'],
  [/\bforwardRef\(|@Global\(/, 'hides a cycle or a dependency from its module'],
  [/\bFIX[M]E\b|\bTO[D]O\b|not implemente[d]/, 'is unfinished'],
];

/** What a source file may not say. */
export const forbiddenText: Check = (files) =>
  files
    .filter(({ path }) => isSource(path))
    .flatMap(({ path, text }) =>
      forbidden.filter(([p]) => p.test(text)).map(([, what]) => `${path}: ${what}`),
    );
