import type { FastifyReply } from 'fastify';

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
