import { z } from 'zod';
import { instant } from '../openapi/shapes.ts';

/** A definition's fields and its id. */
type Defined = z.ZodObject<{ id: z.ZodType<string> }>;

/** What is sent and answered for one definition, out of the schema that it is held to. */
export function wireShapes(
  schema: Defined,
  { title, onWire }: { readonly title: string; onWire(name: string): string },
) {
  const fieldsBy = (member: (field: z.ZodType) => z.ZodType) =>
    Object.fromEntries(
      Object.entries<z.ZodType>(schema.shape)
        .filter(([name]) => name !== 'id')
        .map(([name, field]) => [onWire(name), member(field)]),
    );
  const fields = fieldsBy(presentOrNull);
  return {
    inputShape: z.strictObject({ ...readBack(schema), ...fieldsBy(optionalOrNull) }),
    fieldsShape: z.object(fields).meta({ id: `${title}Fields` }),
    answerShape: z
      .object({
        id: schema.shape.id,
        ...fields,
        version: z.int().positive(),
        created_at: instant,
        updated_at: instant,
      })
      .meta({ id: title }),
  };
}

/** Answers carry these, so that what was read can be sent back; times are not looked at. */
export function readBack(schema: Defined) {
  return {
    id: schema.shape.id.optional(),
    version: z.int().nonnegative().optional(),
    created_at: z.unknown().optional(),
    updated_at: z.unknown().optional(),
  };
}

function optionalOrNull(field: z.ZodType): z.ZodType {
  return field.safeParse(undefined).success ? field.nullish() : field;
}

/** Of an answer: every member is there, null where the definition has none. */
function presentOrNull(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional) return (field.unwrap() as z.ZodType).nullable();
  return field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field;
}
