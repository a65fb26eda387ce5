import { dependencies } from './dependencies.ts';
import { layers } from './layers.ts';
import { promises } from './promises.ts';
import { environmentReads, fileShape, forbiddenText } from './shape.ts';

const file = (path: string, text: string) => ({ path, text });

describe('layers', () => {
  it.each([
    ['libs/kernel/src/a.ts', `import { x } from '@signalbox/contracts';`],
    ['libs/messaging/src/a.ts', `import type { x } from '@signalbox/contracts';`],
    ['apps/router/src/a.ts', `import { x } from '@signalbox/ingest';`],
    ['apps/router/src/a.ts', `export { x } from '@signalbox/testing';`],
    ['apps/router/src/a.ts', `import { x } from '@signalbox/kernel/src/ids.ts';`],
    ['apps/router/src/a/b.ts', `import { x } from '../../../ingest/src/main.ts';`],
  ])('refuses a planted import in %s: %s', (path, text) => {
    expect(layers([file(path, text)])).toHaveLength(1);
  });

  it('lets imports along the layers pass', () => {
    const text = `import { a } from '@signalbox/kernel';\nimport { b } from './b.ts';`;
    expect(layers([file('libs/contracts/src/a.ts', text)])).toEqual([]);
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
    expect(environmentReads([file('apps/router/src/a.ts', text)])).toHaveLength(1);
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
