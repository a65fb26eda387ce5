import type { ToolOutcome, ToolUse } from '@signalbox/contracts';
import { schemaValidator, type SchemaValidator } from '@signalbox/json-schema';
import { digestOf, type JsonObject } from '@signalbox/kernel';

/** A use is looked at before the person, before the lease, and before the call. */
const validators = new WeakMap<JsonObject, SchemaValidator>();
/** By the schema's digest; those that no run has begun to use for longest are forgotten. */
const shared = new Map<string, SchemaValidator>();
const SHARED_MAX = 500;

/** What becomes of a tool use that the run itself refuses. */
export function refused(clause: string, message: string): ToolOutcome {
  return { status: 'refused', clause, message };
}

/** Why arguments do not fit the schema of a tool, in the words of the gateway. */
export function argumentRefusal(
  schema: JsonObject,
  given: ToolUse['arguments'],
): ToolOutcome | undefined {
  try {
    const problem = validatorOf(schema)(given);
    return problem === undefined
      ? undefined
      : refused('invalid_arguments', `The arguments do not fit: ${problem}.`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refused('invalid_arguments', `The input schema is unusable: ${reason}.`);
  }
}

/** Compiled once for each schema, which is another object in each run. */
export function validatorOf(schema: JsonObject): SchemaValidator {
  const known = validators.get(schema);
  if (known) return known;
  const digest = digestOf(schema);
  const validator = shared.get(digest) ?? schemaValidator(schema, 'arguments');
  shared.delete(digest);
  shared.set(digest, validator);
  const [oldest = ''] = shared.keys();
  if (shared.size > SHARED_MAX) shared.delete(oldest);
  validators.set(schema, validator);
  return validator;
}
