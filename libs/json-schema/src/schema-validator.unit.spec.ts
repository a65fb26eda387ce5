import type { Json, JsonObject } from '@signalbox/kernel';
import { schemaValidator } from './schema-validator.ts';

const validator = (schema: JsonObject) => schemaValidator(schema, 'arguments');
const deep = JSON.parse(`${'{"not":'.repeat(70)}{}${'}'.repeat(70)}`) as JsonObject;

/** Of the processor. */
function tookMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

describe('schemaValidator', () => {
  const problemOf = validator({
    type: 'object',
    properties: { command: { type: 'string', enum: ['a', 'b'] }, target: { type: 'string' } },
    required: ['command'],
    additionalProperties: false,
  });

  it.each([
    [{ command: 'a' }, undefined],
    [{ command: 'c' }, 'command must be equal to one of the allowed values: a, b'],
    [{ target: 'x' }, "(arguments) must have required property 'command'"],
    [{ command: 'a', target: 5 }, 'target must be string'],
    [
      { command: 'a', extra: 1 },
      '(arguments) must NOT have additional properties: extra; there are command, target',
    ],
    [
      JSON.parse('{"command":"a","__proto__":{}}'),
      '(arguments) must NOT have additional properties: __proto__; there are command, target',
    ],
    [
      JSON.parse('{"command":"a","constructor":{}}'),
      '(arguments) must NOT have additional properties: constructor; there are command, target',
    ],
  ])('says of %j: %s', (argumentsGiven, expected) => {
    expect(problemOf(argumentsGiven as JsonObject)).toBe(expected);
  });

  it('says of a choice what each of its ways lacks', () => {
    const oneOf = [{ required: ['query'] }, { required: ['file'] }];
    expect(validator({ oneOf })({})).toBe(
      "(arguments) must have required property 'query', or (arguments) must have required property 'file'",
    );
    expect(validator({ oneOf })({ query: 1, file: 1 })).toMatch(/exactly one schema/);
  });

  it('reads draft-07 where the schema says so, and 2020-12 otherwise', () => {
    const items = [{ type: 'string' }];
    const properties = { list: { items } };
    const draft07 = 'http://json-schema.org/draft-07/schema#';
    expect(validator({ $schema: draft07, properties })({ list: [1] })).toMatch(/string/);
    const modern = { properties: { list: { prefixItems: items } } };
    expect(validator(modern)({ list: [1] })).toMatch(/string/);
  });

  it.each([
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2020-12/schema',
  ])('knows the schema of schemas that a schema refers to: %s', ($ref) => {
    const asks = validator({ $schema: $ref, properties: { schema: { $ref } } });
    expect(asks({ schema: { type: 'object' } })).toBeUndefined();
    expect(asks({ schema: { type: 'none' } })).toMatch(/^schema.type must be/);
  });

  it.each([
    ['a reference to the network', { $ref: 'http://127.0.0.1:9/schema.json' }, /resolve reference/],
    ['a reference to a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, /resolve/],
    ['no JSON Schema', { type: 'nonsense' }, /schema is invalid/],
    ['too deep a schema', deep, /deeper than/],
    ['too large a schema', { description: 'x'.repeat(70_000) }, /larger than/],
    ['one that is answered later', { $async: true, type: 'string' }, /\$async/],
    [
      'too long a pattern',
      { properties: { a: { pattern: 'x'.repeat(1_001) } } },
      /pattern is long/,
    ],
    ['a pattern that needs backtracking', { properties: { a: { pattern: '(?=a)b' } } }, /\(\?=/],
  ])('finds unusable: %s', (_, schema, problem) => {
    expect(() => validator(schema)).toThrow(problem);
  });

  it('takes no longer for a pattern and a text made to be slow', () => {
    const evil = validator({ properties: { a: { pattern: '^(a+)+$' } } });
    expect(evil({ a: `${'a'.repeat(20_000)}!` })).toMatch(/pattern/);
  });

  it('refuses a value that a schema without an end cannot judge', () => {
    expect(validator({ $ref: '#' })({})).toBe(
      '(arguments) cannot be checked: the schema has no end',
    );
  });

  it('takes no longer for many items that must differ', () => {
    const differ = validator({ properties: { list: { uniqueItems: true } } });
    const list = Array.from({ length: 50_000 }, (_, n) => ({ n }));
    const before = process.cpuUsage();
    expect(differ({ list })).toBeUndefined();
    expect(tookMs(before)).toBeLessThan(5_000);
    expect(differ({ list: [{ a: 1, b: 2 }, 3, { b: 2, a: 1 }] })).toMatch(/^list .*duplicate/);
    expect(differ({ list: ['1', 1, null, 'null'] })).toBeUndefined();
    expect(validator({ properties: { list: { uniqueItems: false } } })({ list: [1, 1] })).toBe(
      undefined,
    );
  });

  it('GTW-7: gives up on a schema whose references double the work at each level', () => {
    const doubling = validator({ properties: { a: { allOf: [{ $ref: '#' }, { $ref: '#' }] } } });
    let nested: Json = {};
    for (let level = 0; level < 40; level++) nested = { a: nested };
    expect(doubling(nested)).toBe('(arguments) cannot be checked: it takes over 500 ms');
    expect(doubling({ a: { a: {} } })).toBeUndefined();
  });

  it('GTW-7: gives up on nothing that was slow because the whole process had to wait', () => {
    const WAIT_MS = 700;
    const cell = new Int32Array(new SharedArrayBuffer(4));
    const held = validator({ properties: { a: { pattern: '^b' } } });
    const value = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => Atomics.wait(cell, 0, 0, WAIT_MS) && 'b',
    });
    expect(held(value)).toBeUndefined();
  });

  const many = <Value>(count: number, of: (n: number) => Value) =>
    Array.from({ length: count }, (_, n) => of(n));
  const part = { properties: Object.fromEntries(many(400, (n) => [`k${n}`, { enum: ['a', {}] }])) };

  it.each([
    ['alternatives', { oneOf: many(3_000, () => ({ minLength: 1 })) }],
    [
      'a part in many places',
      { $defs: { part }, allOf: many(800, () => ({ $ref: '#/$defs/part' })) },
    ],
  ])('GTW-7: compiles or gives up in time on a schema of %s', (_, schema) => {
    const before = process.cpuUsage();
    const { heapUsed } = process.memoryUsage();
    const outcome = (() => {
      try {
        return typeof validator(schema);
      } catch (error) {
        return String(error);
      }
    })();
    expect(outcome).toMatch(/function|timed out|call stack/);
    expect(tookMs(before)).toBeLessThan(5_000);
    expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(500_000_000);
    // Whatever it was, the next one is as usual.
    expect(validator({ required: ['a'] })({})).toMatch(/'a'/);
  });

  it('GTW-7: gives up on a value that is large, for a schema that is large, without references', () => {
    const slow = validator({ items: { enum: many(6_000, (n) => `v${n}`) } });
    expect(slow(many(200_000, () => 'v5999'))).toMatch(/cannot be checked: it takes over/);
  });

  it('says what is wrong in few words, whatever the value', () => {
    const name = 'k'.repeat(60_000);
    expect(validator({ additionalProperties: false })({ [name]: 1 })?.length).toBeLessThan(600);
    expect(validator({ enum: [{ a: 1 }] })({})).toMatch(/allowed values: \{"a":1\}$/);
  });

  it('keeps two schemas with one $id apart', () => {
    const $id = 'https://example.test/same';
    expect(validator({ $id, required: ['a'] })({ b: 1 })).toMatch(/'a'/);
    expect(validator({ $id, required: ['b'] })({ b: 1 })).toBeUndefined();
  });
});
