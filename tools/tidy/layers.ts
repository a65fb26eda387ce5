import { importsOf, isSource, isSpec, packageOf, type Check } from './workspace.ts';

/** What each package may import of the others. Apps import libs, never each other. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'libs/kernel': [],
  'libs/contracts': ['kernel'],
  'libs/messaging': ['kernel'],
  'libs/postgres': ['kernel'],
  'libs/models': ['kernel'],
  'libs/embedded': ['kernel'],
  'libs/json-schema': ['kernel'],
  'libs/rules': ['kernel', 'contracts'],
  'libs/service': ['kernel', 'contracts', 'messaging'],
  'libs/executions': ['kernel', 'contracts', 'messaging', 'json-schema'],
  'libs/read-models': ['kernel', 'contracts', 'postgres'],
};
const everyLib = [...Object.keys(mayImport).map((path) => path.slice('libs/'.length)), 'testing'];

/** An import that points the wrong way between packages, or into one past its index. */
export const layers: Check = (files) =>
  files
    .filter(({ path }) => isSource(path))
    .flatMap(({ path, text }) =>
      importsOf(text).flatMap((specifier) => {
        const problem = wrong(path, specifier);
        return problem ? [`${path}: imports ${specifier}, ${problem}`] : [];
      }),
    );

function wrong(path: string, specifier: string): string | undefined {
  const from = packageOf(path);
  if (from === undefined) return undefined;
  if (specifier.startsWith('.'))
    return leaves(path, specifier) ? 'which leaves its package' : undefined;
  const [, name, deeper] = /^@signalbox\/([^/]+)(\/.*)?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  if (deeper) return 'past the index of that package';
  // A test may use the test library, and what that stands on, wherever it is.
  if (isSpec(path) && everyLib.includes(name)) return undefined;
  if (from === `libs/${name}` || from === `apps/${name}`) return undefined;
  const allowed =
    mayImport[from] ?? (from === 'libs/testing' || !from.startsWith('libs') ? everyLib : []);
  if (from.startsWith('apps') && name === 'testing') return 'which is for tests';
  return allowed.includes(name) ? undefined : `which ${from} may not`;
}

/** True when a relative import climbs out of its package's own folder. */
function leaves(path: string, specifier: string): boolean {
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  const from = packageOf(path);
  return from !== undefined && !target.startsWith(`${from}/`);
}
