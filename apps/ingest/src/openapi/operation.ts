import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { z } from 'zod';

/** An answer that is no problem. */
export interface DocumentedAnswer {
  readonly description: string;
  /** Of JSON; anything else is told by its media type alone. */
  readonly body?: z.ZodType;
  /** `application/json` when absent. */
  readonly mediaType?: string;
  /** Whether the header `Link` names the page after this one. */
  readonly hasNextPage?: boolean;
}

/**
 * One route as others are told of it. Handlers validate with these very schemas, and the tests of
 * the edge hold what it answers to them.
 */
export interface Operation {
  /** A name for programs, in camelCase. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** `key` when absent; `source`: with the key or the source's signature; `nobody`: open to all. */
  readonly access?: 'key' | 'source' | 'nobody';
  readonly path?: z.ZodType;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodType;
  readonly body?: z.ZodType;
  /** That a request may come without a body. */
  readonly isBodyOptional?: boolean;
  /** What a body may be called beside JSON. */
  readonly bodyTypes?: readonly string[];
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
  /** By status, beside those that follow from the rest: what they mean here. */
  readonly problems?: Readonly<Record<number, string>>;
}

/** Keeps the types of the schemas, for those who parse with them. */
export function operation<const Told extends Operation>(told: Told): Told {
  return told;
}

export const OPERATION = 'signalbox:operation';

/** Says what the route of a handler is. */
export function Documented(told: Operation): CustomDecorator {
  return SetMetadata(OPERATION, told);
}
