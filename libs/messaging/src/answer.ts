import { AppError, errorOutcomes, json, type ErrorKind, type Json } from '@signalbox/kernel';
import { z } from 'zod';

/** What a command's handler answered, as it goes over the wire to who waits. */
const answerSchema = z.union([
  z.object({ ok: json }),
  z.object({
    error: z.object({
      code: z.string(),
      kind: z.enum(Object.keys(errorOutcomes) as [ErrorKind, ...ErrorKind[]]),
      message: z.string(),
      fields: z.array(z.object({ field: z.string(), problem: z.string() })),
    }),
  }),
]);

export function encodeResult(result: unknown): string {
  return JSON.stringify({ ok: result ?? null });
}

export function encodeError({ code, kind, message, fields }: AppError): string {
  return JSON.stringify({ error: { code, kind, message, fields } });
}

/** @throws AppError as the handler threw it. */
export function decodeAnswer(body: string): Json {
  const answer = answerSchema.parse(JSON.parse(body));
  if ('ok' in answer) return answer.ok;
  throw new AppError(answer.error);
}
