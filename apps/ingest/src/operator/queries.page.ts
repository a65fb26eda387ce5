import { LIST_MAX } from '@signalbox/read-models';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

/** Query parameters of every list that comes in pages. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(LIST_MAX).optional(),
  cursor: z.coerce.number().int().min(1).optional(),
};

/** Links the page after this one as RFC 8288 has it; no link on the last page. */
export function linkNext(
  reply: FastifyReply,
  path: string,
  query: object,
  nextCursor: number | undefined,
): void {
  if (nextCursor === undefined) return;
  const next = new URLSearchParams({ ...query, cursor: String(nextCursor) });
  reply.header('link', `<${path}?${next.toString()}>; rel="next"`);
}
