import type { JsonObject } from '@signalbox/kernel';
import { argumentValidator } from './argument-validator.ts';

describe('argumentValidator', () => {
  const problemOf = argumentValidator({
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
    expect(argumentValidator({ $schema: draft07, properties })({ list: [1] })).toMatch(/string/);
    const modern = { properties: { list: { prefixItems: items } } };
    expect(argumentValidator(modern)({ list: [1] })).toMatch(/string/);
  });

  it.each([
    ['a reference to the network', { $ref: 'http://127.0.0.1:9/schema.json' }, /resolve reference/],
    ['a reference to a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, /resolve/],
    ['no JSON Schema', { type: 'nonsense' }, /schema is invalid/],
    ['too large a schema', { description: 'x'.repeat(70_000) }, /larger than/],
    ['a pattern that needs backtracking', { properties: { a: { pattern: '(?=a)b' } } }, /\(\?=/],
  ])('finds unusable: %s', (_, schema, problem) => {
    expect(() => argumentValidator(schema)).toThrow(problem);
  });

  it('takes no longer for a pattern and a text made to be slow', () => {
    const evil = argumentValidator({ properties: { a: { pattern: '^(a+)+$' } } });
    expect(evil({ a: `${'a'.repeat(20_000)}!` })).toMatch(/pattern/);
  });

  it('keeps two schemas with one $id apart', () => {
    const $id = 'https://example.test/same';
    expect(argumentValidator({ $id, required: ['a'] })({ b: 1 })).toMatch(/'a'/);
    expect(argumentValidator({ $id, required: ['b'] })({ b: 1 })).toBeUndefined();
  });
});
