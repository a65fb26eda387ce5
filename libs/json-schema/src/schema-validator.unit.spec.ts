import type { Json, JsonObject } from '@signalbox/kernel';
import { schemaValidator } from './schema-validator.ts';

const validator = (schema: JsonObject) => schemaValidator(schema, 'arguments');
const deep = JSON.parse(`${'{"not":'.repeat(70)}{}${'}'.repeat(70)}`) as JsonObject;

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
    [{ command: 'a', extra: 1 }, '(arguments) must NOT have additional properties: extra'],
    [
      JSON.parse('{"command":"a","__proto__":{}}'),
      '(arguments) must NOT have additional properties: __proto__',
    ],
    [
      JSON.parse('{"command":"a","constructor":{}}'),
      '(arguments) must NOT have additional properties: constructor',
    ],
  ])('says of %j: %s', (argumentsGiven, expected) => {
    expect(problemOf(argumentsGiven as JsonObject)).toBe(expected);
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
    ['a reference to the network', { $ref: 'http://127.0.0.1:9/schema.json' }, /resolve reference/],
    ['a reference to a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, /resolve/],
    ['no JSON Schema', { type: 'nonsense' }, /schema is invalid/],
    ['too deep a schema', deep, /deeper than/],
    ['too large a schema', { description: 'x'.repeat(70_000) }, /larger than/],
    ['one that is answered later', { $async: true, type: 'string' }, /\$async/],
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
    const start = performance.now();
    expect(differ({ list })).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(5_000);
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
    expect(doubling(nested)).toBe('(arguments) cannot be checked: it takes over 1000 ms');
    expect(doubling({ a: { a: {} } })).toBeUndefined();
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
