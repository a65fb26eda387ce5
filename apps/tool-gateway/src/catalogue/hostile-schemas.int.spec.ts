import { Logger } from '@nestjs/common';
import type { Json, JsonObject } from '@signalbox/kernel';
import fc from 'fast-check';
import { startPeer, type Peer } from '../tools/peer.fixture.spec.ts';
import { toolFor } from '../toolcall/gateway.fixture.spec.ts';
import { ToolCatalogue } from './tool-catalogue.ts';

const RUNS = 10_000;
/** For one schema and the values that are held against it, on a slow machine too. */
const SCHEMA_MAX_MS = 5_000;
const PROBLEM_CHARACTERS_MAX = 10_000;
const seed = Number(process.env['SIGNALBOX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const inner = (origin: string): fc.Arbitrary<JsonObject> => {
  const places = ['/schema.json', '/a#/b', '/#anchor', ''].map((path) => origin + path);
  const others = ['file:///etc/passwd', '//127.0.0.1/x', '#/none', '#', 'data:,{}', 'urn:x:y'];
  const target = fc.constantFrom(...places, ...others, '#/$defs/a', '#a');
  const pattern = fc.constantFrom(
    '^(a+)+$',
    '^(a|aa)+$',
    '(a*)*b',
    '(?=a)b',
    '(a{1,1000}){1,1000}',
    '\\1',
    '[',
    `(${'a?'.repeat(500)})${'a'.repeat(500)}`,
    'x'.repeat(30_000),
  );
  const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
    fc.record({ $ref: target }),
    fc.record({ $dynamicRef: target }),
    fc.record({ $recursiveRef: fc.constant('#') }),
    fc.record({ $id: target, $ref: target }),
    fc.record({ $schema: target }),
    fc.record({ $dynamicAnchor: fc.constantFrom('a', 'b'), $anchor: fc.constantFrom('a', '//') }),
    fc.record({ type: fc.constant('string'), pattern }),
    fc.record({ patternProperties: pattern.map((text) => ({ [text]: true })) }),
    fc.record({ format: fc.constantFrom('regex', 'uri', 'date-time', '__proto__') }),
    fc.record({ multipleOf: fc.constantFrom(0, -1, 1e-300) }),
    fc.record({ enum: fc.constantFrom([], [1], ['__proto__']) }),
    fc.record({ uniqueItems: fc.constant(true) }),
    fc.record({ minLength: fc.constantFrom(-1, 1e300), $async: fc.constant(true) }),
    fc.constantFrom<JsonObject>({}, { type: 'none' }, { not: {} }, { constructor: 1 } as never),
  );
  return fc.letrec<{ schema: JsonObject }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      tie('schema').map((schema) => ({ properties: { target: schema, a: schema } })),
      tie('schema').map((schema) => ({ $defs: { a: schema }, $ref: '#/$defs/a' })),
      tie('schema').map((schema) => ({ $id: `${origin}/root`, items: schema, not: schema })),
      fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((all) => ({ allOf: all })),
      fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((any) => ({ anyOf: any })),
      fc
        .tuple(fc.constantFrom(3, 60, 70, 400), tie('schema'))
        .map(([depth, schema]) => deep(depth, schema)),
    ),
  })).schema;
};

function deep(depth: number, schema: JsonObject): JsonObject {
  let whole = schema;
  for (let n = 0; n < depth; n++) whole = { not: whole };
  return whole;
}

const values: readonly Json[] = [
  {},
  { target: `${'a'.repeat(5_000)}!`, a: [1, 1, { a: {} }] },
  { target: { a: { a: { a: { target: 'x' } } } }, __proto__x: null },
];

describe('schemas that somebody made to do harm', () => {
  let peer: Peer;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    peer = await startPeer();
  });
  afterAll(() => peer.close());

  it('GTW-7: 10 000 of them are fetched for nothing, and crash or stall nothing', async () => {
    console.log(`seed ${seed}`);
    const catalogue = new ToolCatalogue([]);
    let slowestMs = 0;
    let offered = 0;
    const judge = (text: string) => {
      const inputSchema = JSON.parse(text) as JsonObject;
      const { definition, ...rest } = toolFor({});
      const startedAt = performance.now();
      const offer = catalogue.offerOf({ ...rest, definition: { ...definition, inputSchema } });
      for (const value of values) {
        expect(offer?.problemOf(value)?.length ?? 0).toBeLessThan(PROBLEM_CHARACTERS_MAX);
      }
      offered += offer ? 1 : 0;
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    };
    // As text: what prints a counterexample walks it by recursion.
    const texts = inner(peer.origin).map((schema) => JSON.stringify(schema));
    fc.assert(fc.property(texts, judge), { numRuns: RUNS, seed, endOnFailure: true });
    // What would be fetched later would have begun by now.
    await new Promise(setImmediate);
    expect(peer.received).toEqual([]);
    expect(offered).toBeGreaterThan(RUNS / 20);
    expect(offered).toBeLessThan(RUNS);
    expect(slowestMs).toBeLessThan(SCHEMA_MAX_MS);
    console.log(`slowest ${Math.round(slowestMs)} ms, ${offered} of ${RUNS} offered`);
  }, 300_000);
});
