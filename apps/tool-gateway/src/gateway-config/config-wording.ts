import { closestTo } from '@signalbox/kernel';
import type { z } from 'zod';

type Issue = z.core.$ZodRawIssue;
type Schema = z.ZodType;

/** Said back where one of a few words belongs; texts of any other place may be credentials. */
const WORD = /^[a-z][a-z0-9-]{0,19}$/i;

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  record: 'a mapping by name',
};

/**
 * What is wrong with a field, for whoever wrote the file: what it is, and what is expected instead.
 * Texts are not said back. Where a schema has words of its own, they come first.
 */
export const configWording: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type': {
      const quotes = issue.expected === 'string' && isScalar(issue.input) ? ', in quotes' : '';
      return `${found(issue.input)}; expected: ${expectedOf(issue)}${quotes}`;
    }
    case 'invalid_value':
      return `${foundWord(issue.input)}; expected: ${listed(issue.values.map(String))}`;
    case 'invalid_union':
      return unionWording(issue);
    case 'unrecognized_keys':
      return issue.keys.map((key) => noField(key, fieldsOf(issue.inst))).join('; ');
    case 'invalid_key':
      return `is not taken as a name: ${issue.issues[0]?.message}`;
    case 'too_small':
      return rangeWording(issue, `at least ${issue.minimum}`);
    case 'too_big':
      return rangeWording(issue, `at most ${issue.maximum}`);
    case 'invalid_format':
      return issue.format === 'url' ? 'is not a URL with http:// or https://' : undefined;
    default:
      return undefined;
  }
};

/** That there is no such field, and which it may have been meant for. */
export function noField(name: string, fields: readonly string[]): string {
  return `has no field ${JSON.stringify(name)}; the closest are ${closestTo(name, fields).join(', ')}`;
}

function unionWording(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const { input, inst } = issue;
  if (issue.discriminator !== undefined) {
    const given = (input as Readonly<Record<string, unknown>>)[issue.discriminator];
    return `${foundWord(given)}; expected: ${listed((issue.options as string[]).map(String))}`;
  }
  // One of the kinds that there may be is meant, and something within is wrong.
  const within = issue.errors.find(
    (errors) => !errors.some(({ code, path }) => code.startsWith('invalid_') && path.length === 0),
  );
  if (within) return within.map(({ path, message }) => [...path, message].join(' ')).join('; ');
  const options = defOf<{ options?: readonly Schema[] }>(inst).options ?? [];
  return `${found(input)}; expected: ${listed(options.map(kindOf))}`;
}

function rangeWording({ input }: Issue, expected: string): string | undefined {
  return typeof input === 'number' ? `is ${input}; expected: ${expected}` : undefined;
}

function foundWord(value: unknown): string {
  return typeof value === 'string' && WORD.test(value) ? `is ${value}` : found(value);
}

function found(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is empty';
  if (Array.isArray(value)) return 'is a list';
  switch (typeof value) {
    case 'string':
      return 'is a text';
    case 'boolean':
      return `is ${value}`;
    case 'number':
      return 'is a number';
    default:
      return 'is a mapping';
  }
}

const isScalar = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';

function expectedOf({ expected, inst }: Extract<Issue, { code: 'invalid_type' }>): string {
  return expected === 'object' ? mappingOf(inst) : (EXPECTED[expected] ?? expected);
}

/** In a union. */
function kindOf(schema: Schema): string {
  const { type, values } = schema.def as { type: string; values?: readonly unknown[] };
  if (type === 'object') return mappingOf(schema);
  return values ? values.join(', ') : (EXPECTED[type] ?? type);
}

const mappingOf = (schema: unknown) => `a mapping with ${fieldsOf(schema).join(', ')}`;

const fieldsOf = (schema: unknown) =>
  Object.keys(defOf<{ readonly shape?: object }>(schema).shape ?? {});

const defOf = <T>(schema: unknown): T =>
  ((schema as Schema | undefined)?.def ?? {}) as unknown as T;

function listed(names: readonly string[]): string {
  const [last = '', ...others] = names.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(', ')} or ${last}`;
}
