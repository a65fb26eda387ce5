import { builtinModules } from 'node:module';
import {
  importsOf,
  isSource,
  isSpec,
  packageOf,
  type Check,
  type SourceFile,
} from './workspace.ts';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Needed by others without being imported: Nest loads these by itself. */
const implied = new Set([
  '@nestjs/microservices',
  'rxjs',
  'reflect-metadata',
  'fastify',
  '@nestjs/core',
  'pg',
]);

/** Packages that nobody installs: they need no second list. */
const onlyTests = new Set(['e2e', 'bench']);

/**
 * A package that imports what its manifest does not name, or names what nothing imports. What only
 * its tests import is named under `devDependencies`, there or in the root.
 */
export const dependencies: Check = (files) => {
  const manifests = new Map(
    files
      .filter(({ path }) => path.endsWith('package.json'))
      .map(({ path, text }) => [
        path.replace(/\/?package\.json$/, ''),
        JSON.parse(text) as Manifest,
      ]),
  );
  const forEveryTest = namesIn(manifests.get('')?.devDependencies);
  return [...manifests]
    .filter(([dir]) => dir !== '')
    .flatMap(([dir, manifest]) => {
      const shipped = namesIn(manifest.dependencies);
      const forTests = namesIn(manifest.devDependencies);
      const own = files.filter(({ path }) => packageOf(path) === dir);
      const used = importedBy(own.filter(({ path }) => isShipped(path)));
      const tested = importedBy(own.filter(({ path }) => isSource(path) && !isShipped(path)));
      const texts = files
        .filter(({ path }) => packageOf(path) === dir || path.startsWith('deploy/'))
        .filter(({ path }) => !path.endsWith('package.json'));
      const loadedByName = (name: string) => texts.some(({ text }) => text.includes(name));
      const problems = [
        ...used
          .filter((name) => !shipped.includes(name))
          .filter((name) => !(onlyTests.has(dir) && forEveryTest.includes(name)))
          .map((name) => `does not name ${name}, which its source imports`),
        ...tested
          .filter((name) => ![...shipped, ...forTests, ...forEveryTest, ...used].includes(name))
          .map((name) => `does not name ${name}, which its tests import`),
        ...shipped
          .filter((name) => !used.includes(name) && tested.includes(name))
          .filter((name) => !implied.has(name))
          .map((name) => `names ${name} among its dependencies, which only its tests import`),
        ...[...shipped, ...forTests]
          .filter((name) => ![...used, ...tested].includes(typed(name)))
          .filter((name) => !implied.has(name) && !loadedByName(name))
          .map((name) => `names ${name}, which nothing imports`),
      ];
      return problems.map((problem) => `${dir}/package.json: ${problem}`);
    });
};

const namesIn = (named: Readonly<Record<string, string>> | undefined) => Object.keys(named ?? {});

function isShipped(path: string): boolean {
  return isSource(path) && (!isSpec(path) || onlyTests.has(packageOf(path) ?? ''));
}

/** The packages that files import, their own by name and Node's left out. */
function importedBy(files: readonly SourceFile[]): string[] {
  const names = files.flatMap(({ path, text }) =>
    importsOf(text)
      .map(packageName)
      .filter((name) => isPackage(name) && name !== `@signalbox/${path.split('/')[1]}`),
  );
  return [...new Set(names)];
}

/** `pg` for `@types/pg`, any other name as it is. */
function typed(name: string): string {
  return name.replace(/^@types\//, '');
}

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

function isPackage(name: string): boolean {
  return !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name);
}
