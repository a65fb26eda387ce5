import { dependencies } from './dependencies.ts';
import { layers } from './layers.ts';
import { links } from './links.ts';
import { promises } from './promises.ts';
import { environmentReads, fileShape, forbiddenText } from './shape.ts';

const file = (path: string, text: string) => ({ path, text });

describe('layers', () => {
  const tableOf = (...rows: string[]) =>
    file(
      'ARCHITECTURE.md',
      `## The map\n\n${rows.join('\n')}\n\n## Streams\n\n| \`S\` | a | b |\n`,
    );
  const table = tableOf(
    '| Folder | What it is | May import |',
    '| --- | --- | --- |',
    '| `apps/router` | decides | libs |',
    '| `libs/kernel` | values | |',
    '| `libs/contracts`, `libs/messaging` | one, and another | kernel |',
    '| `libs/testing` | for tests | libs |',
    '| `e2e` | all of it | libs, router |',
  );
  const source = (path: string, text = '') => file(path, text);
  const packages = ['kernel', 'contracts', 'messaging', 'testing'].map((name) =>
    source(`libs/${name}/src/index.ts`),
  );
  const whole = [table, source('apps/router/src/main.ts'), source('e2e/edge.ts'), ...packages];

  it.each([
    ['libs/kernel/src/a.ts', `import { x } from '@signalbox/contracts';`],
    ['libs/messaging/src/a.ts', `import type { x } from '@signalbox/contracts';`],
    ['apps/router/src/a.ts', `import { x } from '@signalbox/ingest';`],
    ['apps/router/src/a.ts', `export { x } from '@signalbox/testing';`],
    ['apps/router/src/a.ts', `import { x } from '@signalbox/kernel/src/ids.ts';`],
    ['apps/router/src/a/b.ts', `import { x } from '../../../ingest/src/main.ts';`],
    ['e2e/a.ts', `import { x } from '@signalbox/ingest';`],
  ])('refuses a planted import in %s: %s', (path, text) => {
    expect(layers([...whole, file(path, text)])).toEqual([expect.stringMatching(`^${path}: `)]);
  });

  it.each([
    ['libs/contracts/src/a.ts', `import { a } from '@signalbox/kernel';\nimport './b.ts';`],
    ['libs/kernel/src/a.unit.spec.ts', `import { a } from '@signalbox/testing';`],
    ['apps/router/src/a.ts', `import { a } from '@signalbox/messaging';`],
    ['e2e/a.ts', `import { a } from '@signalbox/testing';\nimport '@signalbox/router';`],
  ])('lets an import along the table pass in %s: %s', (path, text) => {
    expect(layers([...whole, file(path, text)])).toEqual([]);
  });

  it('finds a package without a row and a row without a package', () => {
    expect(layers([...whole, source('libs/rules/src/index.ts')])).toEqual([
      'ARCHITECTURE.md: its table has no libs/rules',
    ]);
    expect(layers([tableOf('| `libs/kernel` | values | |')])).toEqual([
      'ARCHITECTURE.md: its table has libs/kernel, which is not there',
    ]);
  });
});

describe('links', () => {
  const page = (text: string) => [
    file('README.md', text),
    file('docs/guides/rules.md', '# Rules\n\n## What a pattern sees\n'),
  ];

  it.each([
    '[a](docs/guides/rule.md)',
    '[a](docs/guides/rules.md#what-a-pattern-does)',
    '[a](#more)',
    '![a](docs/picture.png)',
    '[`a`](docs/none)',
    'as in [a]\n\n[a]: docs/none.md',
  ])('finds a link that leads nowhere: %s', (text) => {
    expect(links(page(text))).toEqual([expect.stringMatching(/^README.md: links to /)]);
  });

  it.each([
    '[a](docs/guides/rules.md) and [b](docs/guides/), [c](./docs)',
    '[a](docs/guides/rules.md#what-a-pattern-sees)',
    '## “More”, or less\n[a](#more-or-less)',
    '[a](https://example.com/none.md)',
    '```yaml\n# [a](none.md)\n```\nand `[a](none.md)`',
  ])('lets a link pass that leads somewhere: %s', (text) => {
    expect(links(page(text))).toEqual([]);
  });
});

describe('dependencies', () => {
  type Names = Record<string, string>;
  const manifest = (named: Names, forTests: Names = {}) =>
    file(
      'libs/kernel/package.json',
      JSON.stringify({ dependencies: named, devDependencies: forTests }),
    );
  const spec = file('libs/kernel/src/a.unit.spec.ts', `import { z } from 'zod';`);

  it('finds an import that the manifest does not name', () => {
    const source = file('libs/kernel/src/a.ts', `import { z } from 'zod';`);
    expect(dependencies([manifest({}), source])).toEqual([
      'libs/kernel/package.json: does not name zod, which its source imports',
    ]);
  });

  it.each([
    ['dependency', manifest({ zod: '4' })],
    ['test dependency', manifest({}, { zod: '4' })],
  ])('finds a %s that nothing imports', (_what, named) => {
    expect(dependencies([named])).toEqual([
      'libs/kernel/package.json: names zod, which nothing imports',
    ]);
  });

  it('holds what tests import apart from what is shipped', () => {
    expect(dependencies([manifest({}), spec])).toEqual([
      'libs/kernel/package.json: does not name zod, which its tests import',
    ]);
    expect(dependencies([manifest({ zod: '4' }), spec])).toEqual([
      'libs/kernel/package.json: names zod among its dependencies, which only its tests import',
    ]);
    expect(dependencies([manifest({}, { zod: '4' }), spec])).toEqual([]);
    const root = file('package.json', JSON.stringify({ devDependencies: { zod: '4' } }));
    expect(dependencies([root, manifest({}), spec])).toEqual([]);
  });

  it('does not take a test dependency for one that is shipped', () => {
    const source = file('libs/kernel/src/a.ts', `import { z } from 'zod';`);
    expect(dependencies([manifest({}, { zod: '4' }), source])).toEqual([
      'libs/kernel/package.json: does not name zod, which its source imports',
    ]);
  });
});

describe('shape', () => {
  it('finds a long file, a vague name, a test without its cost and a fixture that is built', () => {
    expect(fileShape([file('libs/kernel/src/a.ts', 'x\n'.repeat(201))])).toHaveLength(1);
    expect(fileShape([file('libs/kernel/src/string-utils.ts', '')])).toHaveLength(1);
    expect(fileShape([file('libs/kernel/src/a.spec.ts', '')])).toHaveLength(1);
    expect(fileShape([file('libs/kernel/src/a.fixture.ts', '')])).toHaveLength(1);
    expect(fileShape([file('libs/kernel/src/event-store.port.ts', '')])).toEqual([]);
  });

  it('finds the environment read outside of configuration', () => {
    const text = 'const a = process.env.A;';
    for (const path of ['apps/router/src/a.ts', 'e2e/platform.ts', 'libs/testing/src/a.ts'])
      expect(environmentReads([file(path, text)])).toHaveLength(1);
    expect(environmentReads([file('apps/router/src/config.ts', text)])).toEqual([]);
  });

  it('finds what may not be written', () => {
    expect(forbiddenText([file('libs/kernel/src/a.ts', 'enum Colour { Red }')])).toHaveLength(1);
    expect(
      forbiddenText([file('libs/kernel/src/a.ts', `it${'.only'}('x', () => {})`)]),
    ).toHaveLength(1);
  });
});

describe('promises', () => {
  const list = file('e2e/requirements.ts', `  'AUD-1': '',`);

  it('finds a promise without a test and a test without a promise', () => {
    const spec = file('libs/kernel/src/a.unit.spec.ts', `it('${'CTL'}-1: stops', () => {})`);
    expect(promises([list, spec])).toEqual([
      'e2e/requirements.ts: no test cites AUD-1',
      `${spec.path}: cites ${'CTL'}-1, which is not listed`,
    ]);
  });
});
