import type { JsonObject } from '@signalbox/kernel';
import { z } from 'zod';

type Written = Record<string, unknown>;

/** JSON Schemas of a document, with those that have a name of their own in one place. */
export class JsonSchemas {
  readonly named: Record<string, JsonObject> = {};

  /** As it goes over the wire: defaults may be absent, and what is transformed is not yet. */
  of(schema: z.ZodType): JsonObject {
    // Within another one it is referred to by its name, where it has one.
    const { properties, $defs = {} } = written(z.object({ root: schema }));
    for (const [name, shape] of Object.entries($defs as Written))
      this.named[name] = inComponents(shape);
    return inComponents((properties as Written)['root']);
  }
}

/** A schema by itself, for those that are written of it. */
export function written(schema: z.ZodType): Written {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // What follows from the rest, or from JSON.
      if (jsonSchema.format === 'date-time' || jsonSchema.format === 'date')
        delete jsonSchema.pattern;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      delete jsonSchema.propertyNames;
    },
  });
  return rest;
}

function inComponents(schema: unknown): JsonObject {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as JsonObject;
}
