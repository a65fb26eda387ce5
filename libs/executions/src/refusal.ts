import type { ToolOutcome, ToolUse } from '@signalbox/contracts';
import { schemaValidator, type SchemaValidator } from '@signalbox/json-schema';
import type { JsonObject } from '@signalbox/kernel';

/** A use is looked at before the person, before the lease, and before the call. */
const validators = new WeakMap<JsonObject, SchemaValidator>();

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

function validatorOf(schema: JsonObject): SchemaValidator {
  const known = validators.get(schema);
  if (known) return known;
  const made = schemaValidator(schema, 'arguments');
  validators.set(schema, made);
  return made;
}
