import { canonicalJson, isDeeperThan, type Json, type JsonObject } from '@signalbox/kernel';
import { Ajv, type FuncKeywordDefinition, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import { inTime, isTimeout, WORK_MAX_MS } from './in-time.ts';
import { problemIn } from './schema-problem.ts';

const DRAFT_07 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;
const SCHEMA_BYTES_MAX = 64_000;
/** Of objects and arrays within each other; the compiler recurses. */
const SCHEMA_DEPTH_MAX = 64;

/**
 * To be ended in time costs 0.05 ms; what is small and simple need not be. Else references can double
 * the work at each level, and what the compiler writes for many alternatives grows with their square.
 */
const PLAIN_CHARACTERS_MAX = 4_000;
const PATTERN_CHARACTERS_MAX = 1_000;

/** Whoever wrote the schema wrote its patterns, so they get an engine that takes linear time. */
const re2 = Object.assign(compiledPattern, { code: 're2' });

const options: Options = {
  strict: false,
  // One problem is enough to refuse, and finding all of them can be made expensive.
  allErrors: false,
  // An error knows the part of the schema that it is of.
  verbose: true,
  validateFormats: false,
  logger: false,
  // Written out wherever something refers to it, a part of a schema makes gigabytes of code.
  inlineRefs: false,
  code: { regExp: re2 },
};

/** They know whether a schema is one; to make them takes ten times as long as to read a schema. */
const judges = { draft07: new Ajv(options), modern: new Ajv2020(options) };

/** As ajv has it, but in the time of one look at each item, not at each pair of them. */
const uniqueItems: FuncKeywordDefinition = {
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  compile: (unique: boolean) => (items: readonly Json[]) =>
    !unique || new Set(items.map(canonicalJson)).size === items.length,
  error: { message: 'must NOT have duplicate items' },
};

/** What is wrong with a value, in words; absent when it fits. */
export type SchemaValidator = (value: Json) => string | undefined;

/**
 * A validator for JSON Schema 2020-12 (or draft-07 where the schema says so). Nothing is ever
 * fetched: a `$ref` that leads out of the schema makes it unusable.
 * @param whole what a value is called when the problem is its own: `arguments`.
 * @throws Error when the schema is unusable.
 */
export function schemaValidator(schema: JsonObject, whole: string): SchemaValidator {
  if (isDeeperThan(SCHEMA_DEPTH_MAX, schema)) {
    throw new Error(`the schema is deeper than ${SCHEMA_DEPTH_MAX} levels`);
  }
  const text = JSON.stringify(schema);
  if (Buffer.byteLength(text) > SCHEMA_BYTES_MAX) {
    throw new Error(`the schema is larger than ${SCHEMA_BYTES_MAX} B`);
  }
  const validate = compiled(schema, text);
  const check = isPlain(text) ? validate : (value: Json) => inTime(() => validate(value));
  return (value) => {
    const trouble = troubleWith(() => check(value));
    return trouble ? `(${whole}) cannot be checked: ${trouble}` : problemIn(validate.errors, whole);
  };
}

/** @throws Error when the schema is none, or no use. */
function compiled(schema: JsonObject, text: string): ValidateFunction {
  const isDraft07 = typeof schema.$schema === 'string' && DRAFT_07.test(schema.$schema);
  // What is ended in the middle stays as it is; so these, which all schemas share, never are.
  void (isDraft07 ? judges.draft07 : judges.modern).validateSchema(schema, true);
  // They take most of the time that it takes to make a compiler, and hardly any schema wants them.
  const meta = /json-schema\.org[^"]*schema#?"/.test(text.replace(/"\$schema":"[^"]*"/g, ''));
  const compile = () => compilerFor(isDraft07, meta).compile(schema);
  const validate = isPlain(text) ? compile() : inTime(compile);
  // Its answer is a promise, which looks like a yes and ends the process when it is a no.
  if ('$async' in validate) throw new Error('the schema is $async');
  return validate;
}

/** One for each schema, so that equal `$id`s of two do not meet; `meta`: it knows the schemas of schemas. */
function compilerFor(isDraft07: boolean, meta: boolean): Ajv | Ajv2020 {
  const judged = { ...options, validateSchema: false, meta };
  const ajv = isDraft07 ? new Ajv(judged) : new Ajv2020(judged);
  return ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems);
}

function compiledPattern(pattern: string): RE2JS {
  if (pattern.length > PATTERN_CHARACTERS_MAX) {
    throw new Error(`a pattern is longer than ${PATTERN_CHARACTERS_MAX} characters`);
  }
  return RE2JS.compile(pattern);
}

/** Neither its compilation nor any value takes long. */
function isPlain(text: string): boolean {
  return text.length <= PLAIN_CHARACTERS_MAX && !/"(\$\w*[rR]ef|pattern\w*)"/.test(text);
}

/** Why a value could not be checked; absent when it was. */
function troubleWith(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    // The schema leads back to itself with the same value: that ends with the stack.
    if (error instanceof RangeError) return 'the schema has no end';
    if (isTimeout(error)) return `it takes over ${WORK_MAX_MS} ms`;
    throw error;
  }
}
