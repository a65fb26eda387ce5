import type { Json, JsonObject } from '@signalbox/kernel';
import fc from 'fast-check';

type Schemas = fc.Arbitrary<JsonObject>;
const oneOf = <Value>(...values: readonly Value[]): fc.Arbitrary<Value> =>
  fc.constantFrom(...values);

const META = [
  'http://json-schema.org/draft-07/schema#',
  'https://json-schema.org/draft/2020-12/schema',
];
/** Names that mean something to JavaScript, to the compiler's code, or to nobody. */
const NAMES = [
  'target',
  '__proto__',
  'constructor',
  'toString',
  '',
  '"];globalThis.hacked=true;//',
  "'+(globalThis.hacked=true)+'",
  '`${globalThis.hacked=true}`',
  '*/globalThis.hacked=true/*',
  '\u2028globalThis.hacked=true',
  '\ud800',
  '\u0000',
  'a/b~c%25',
  '\u202eevil',
  'ﬀ'.normalize('NFKC'),
];
const NUMBERS = [0, -0, -1, 1, 0.5, 1e-300, 1e308, 5e-324, 2 ** 53, -(2 ** 31), 1e21];
const PATTERNS = [
  '^(a+)+$',
  '^(a|aa)+$',
  '(a*)*b',
  '(.*)*\\1',
  '(?=a)b',
  '(?<!a)b',
  '(a{1,1000}){1,1000}',
  '(?:x{30}){30}',
  '[',
  '\\p{L}{300}',
  `(${'a?'.repeat(300)})${'a'.repeat(300)}`,
  'x'.repeat(30_000),
  '"];globalThis.hacked=true;//',
];
const MORE = ['unevaluatedProperties', 'unevaluatedItems', 'propertyNames', 'definitions', 'then'];
const FORMATS = ['regex', 'uri', 'date-time', 'email', 'ipv6', 'json-pointer', '__proto__', 'none'];
/** 1 MB. */
const HUGE_ENUM = Array.from({ length: 100_000 }, (_, n) => `value ${n}`);

/** Where a reference may lead: to a server that must not be asked, and to places that are none. */
function targets(origin: string): fc.Arbitrary<string> {
  const { host } = new URL(origin);
  const away = ['/schema.json', '/a#/b', '/#anchor', ''].map((path) => origin + path);
  const disguised = [`//${host}/x`, `HTTP://${host}/x`, `http://a:b@${host}/`, `http:${host}/x`];
  const others = [
    'file:///etc/passwd',
    '/etc/passwd',
    '../x',
    'data:,{}',
    'urn:x:y',
    'http://[::',
    '%',
  ];
  const within = [
    '#',
    '#/$defs/a',
    '#/$defs/b',
    '#/%24defs/a',
    '#/properties/target',
    '#a',
    '#/a/0',
  ];
  const nowhere = ['#/none', '#/$defs/__proto__', '#/__proto__', '#/constructor/prototype'];
  return oneOf(...away, ...disguised, ...others, ...within, ...nowhere, ...META);
}

function leaves(origin: string): Schemas {
  const target = targets(origin);
  const name = oneOf(...NAMES);
  const number = oneOf(...NUMBERS);
  const pattern = oneOf(...PATTERNS);
  const record = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields) as Schemas;
  return fc.oneof(
    record({ $ref: target }),
    // With a `$ref` that leads nowhere an `$id` takes until the stack ends: one is among the heavy.
    record({ $id: target }),
    oneOf('$dynamicRef', '$recursiveRef').chain((keyword) =>
      target.map((text): JsonObject => ({ [keyword]: text, $ref: '#/$defs/a' })),
    ),
    record({ $ref: target, $recursiveAnchor: fc.boolean() }),
    record({ $id: name, $anchor: name }),
    record({ id: target, $schema: target }),
    record({ $dynamicAnchor: oneOf('a', 'b', '//'), $anchor: oneOf('a', '') }),
    record({ type: fc.constant('string'), pattern }),
    pattern.map((text) => ({ patternProperties: own(text, true) })),
    record({ propertyNames: record({ pattern }), format: oneOf<Json>(...FORMATS, {}, null) }),
    record({ $async: fc.boolean(), minLength: number }),
    record({
      multipleOf: number,
      minimum: number,
      exclusiveMaximum: oneOf<Json>(true, ...NUMBERS),
    }),
    record({ minItems: number, maxItems: number, minContains: number, contains: fc.constant({}) }),
    record({ enum: oneOf<Json>([], [1], NAMES, [[[{}]], null, -0], {}), const: name }),
    record({ required: fc.array(name, { maxLength: 3 }), additionalProperties: fc.boolean() }),
    record({ dependentRequired: name.map((key) => own(key, NAMES)), uniqueItems: fc.boolean() }),
    record({ type: oneOf<Json>('none', [], ['string', 'null'], 5), nullable: fc.boolean() }),
    record({
      $comment: name,
      title: name,
      default: name,
      $vocabulary: fc.constant({ 'x:': true }),
    }),
    record({ discriminator: record({ propertyName: name }), minimum: record({ $data: target }) }),
    oneOf<JsonObject>({}, { not: {} }, { constructor: 1 }),
  );
}

/** Schemas that somebody made to do harm, their references to `origin`. */
export function hostileSchemas(origin: string): Schemas {
  const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => {
    const inner = tie('schema');
    const all = fc.array(inner, { minLength: 1, maxLength: 3 });
    const name = oneOf(...NAMES);
    const keyword = oneOf(
      'not',
      'items',
      'contains',
      'if',
      'else',
      'additionalProperties',
      ...MORE,
    );
    const mapKeyword = oneOf('properties', 'dependentSchemas', 'patternProperties', '$defs');
    const listKeyword = oneOf('allOf', 'anyOf', 'oneOf', 'prefixItems', 'items');
    return {
      schema: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        { weight: 4, arbitrary: leaves(origin) },
        inner.map((one) => ({ properties: { target: one, a: { $ref: '#/properties/target' } } })),
        fc.tuple(keyword, inner).map(([key, one]) => ({ [key]: one })),
        fc
          .tuple(mapKeyword, name, inner)
          .map(([key, member, one]) => ({ [key]: own(member, one) })),
        fc.tuple(listKeyword, all).map(([key, many]) => ({ [key]: many })),
        inner.map((one) => ({ $defs: { a: one, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/b' })),
        inner.map((one) => ({ $id: `${origin}/root`, items: one, unevaluatedProperties: false })),
        fc.tuple(oneOf(3, 60, 70), inner).map(([depth, one]) => nested(depth, one)),
        fc.tuple(oneOf(2, 10), inner).map(([count, one]) => repeated(count, one)),
        fc.tuple(oneOf(2, 6), inner).map(([levels, one]) => doubling(levels, one)),
      ),
    };
  });
  return schema;
}

/** Those of which one is enough, because each takes all the time that there is or is refused. */
export const heavySchemas: readonly JsonObject[] = [
  doubling(60, { required: ['target'] }),
  { anyOf: Array.from({ length: 3_000 }, (_, n) => ({ minProperties: n })) },
  { properties: { target: { enum: HUGE_ENUM } } },
  { items: { $id: 'file:///x', $ref: `#${'/a'.repeat(5_000)}` } },
  nested(2_000, {}),
];

/** An own member, whatever its name. */
function own(name: string, value: Json): JsonObject {
  return JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as JsonObject;
}

function nested(depth: number, inner: JsonObject): JsonObject {
  let whole = inner;
  for (let n = 0; n < depth; n++) whole = { not: whole };
  return whole;
}

function repeated(count: number, inner: JsonObject): JsonObject {
  const part = { properties: { target: inner, a: { enum: NAMES } } };
  const use = { $ref: '#/$defs/part' };
  return { $defs: { part }, anyOf: Array.from({ length: count }, () => use) };
}

/** Each part refers twice to the next: twice the work at each level. */
function doubling(levels: number, inner: JsonObject): JsonObject {
  const parts = Array.from({ length: levels }, (_, n) => {
    const $ref = `#/$defs/d${n + 1}`;
    return [`d${n}`, { allOf: [{ $ref }, { $ref }] }];
  });
  const $defs = { ...Object.fromEntries(parts), [`d${levels}`]: inner };
  return { $defs, $ref: '#/$defs/d0' } as JsonObject;
}

/** What is held against each schema. */
export const hostileValues: readonly Json[] = [
  { target: `${'a'.repeat(2_000)}!`, a: [1, 1, -0, 1e308, { a: {} }], 'a/b~c%25': null },
  JSON.parse(
    '{"__proto__":{"a":1},"constructor":{"prototype":{}},"toString":"\\ud800","":[[]]}',
  ) as Json,
  { target: { a: { a: { a: { target: 'x\u2028\u0000' } } } }, a: NAMES },
];
