import type { z } from 'zod';
import { AppError, type FieldProblem } from './errors.ts';

/**
 * `input` as `schema` describes it.
 * @throws AppError `invalid`, naming every field that is wrong and prefixed by `what` it is.
 */
export function parse<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue): FieldProblem => ({
    field: issue.path.join('.'),
    problem: issue.message,
  }));
  const first = fields[0];
  const detail = first ? `${first.field || '(body)'}: ${first.problem}` : 'does not fit';
  throw new AppError({
    code: 'invalid_input',
    kind: 'invalid',
    message: `${what}: ${detail}`,
    fields,
  });
}
