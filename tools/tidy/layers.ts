import {
  importsOf,
  isSource,
  isSpec,
  packageOf,
  type Check,
  type SourceFile,
} from './workspace.ts';

const MAP = 'ARCHITECTURE.md';
const SECTION = /^## The map$[^]*?^## /m;
/** A row of its table: the first cell and the last. */
const ROW = /^\| *(`[^|]+`) *\|.*\| *([^|]*?) *\|$/gm;

/** What each package may import of the others, by their short names. */
type MayImport = ReadonlyMap<string, readonly string[]>;

/**
 * An import that the table in ARCHITECTURE.md does not have, or that goes into a package past its
 * index; and a package that the table does not have.
 */
export const layers: Check = (files) => {
  const mayImport = tableIn(files);
  const sources = files.filter(({ path }) => isSource(path));
  const packages = new Set(sources.flatMap(({ path }) => packageOf(path) ?? []));
  const unknown = [...packages].filter((name) => !mayImport.has(name));
  const gone = [...mayImport.keys()].filter((name) => !isThere(name, files));
  return [
    ...unknown.map((name) => `${MAP}: its table has no ${name}`),
    ...gone.map((name) => `${MAP}: its table has ${name}, which is not there`),
    ...sources.flatMap(({ path, text }) =>
      importsOf(text).flatMap((specifier) => {
        const problem = wrong(path, specifier, mayImport);
        return problem ? [`${path}: imports ${specifier}, ${problem}`] : [];
      }),
    ),
  ];
};

function tableIn(files: readonly SourceFile[]): MayImport {
  const { text = '' } = files.find(({ path }) => path === MAP) ?? {};
  const [section = ''] = SECTION.exec(text) ?? [];
  const rows = [...section.matchAll(ROW)].flatMap(([, folders = '', may = '']) =>
    [...folders.matchAll(/`([^`]+)`/g)].map(([, folder = '']) => [folder, may] as const),
  );
  const libs = rows.flatMap(([folder]) => /^libs\/(.+)$/.exec(folder)?.[1] ?? []);
  return new Map(
    rows.map(([folder, may]) => [
      folder,
      may.split(', ').flatMap((name) => (name === 'libs' ? libs : name)),
    ]),
  );
}

function isThere(folder: string, files: readonly SourceFile[]): boolean {
  return files.some(({ path }) => path.startsWith(`${folder}/`));
}

function wrong(path: string, specifier: string, mayImport: MayImport): string | undefined {
  const from = packageOf(path);
  if (from === undefined) return undefined;
  if (specifier.startsWith('.'))
    return leaves(path, specifier) ? 'which leaves its package' : undefined;
  const [, name, deeper] = /^@signalbox\/([^/]+)(\/.*)?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  if (deeper) return 'past the index of that package';
  // A test may use the test library, and what that stands on, wherever it is.
  if (isSpec(path) && mayImport.has(`libs/${name}`)) return undefined;
  if (from === `libs/${name}` || from === `apps/${name}`) return undefined;
  if (from.startsWith('apps') && name === 'testing') return 'which is for tests';
  return mayImport.get(from)?.includes(name) ? undefined : `which ${from} may not`;
}

/** True when a relative import climbs out of its package's own folder. */
function leaves(path: string, specifier: string): boolean {
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  const from = packageOf(path);
  return from !== undefined && !target.startsWith(`${from}/`);
}
