import { AppError, type Json, type JsonObject } from '@signalbox/kernel';
import type { IncomingHttpHeaders } from 'node:http';

/** A request as far as a signature covers it. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The body as it arrived: parsed and written again it would be another. */
  readonly bytes: Buffer;
  readonly receivedAt: Date;
}

/** What a vendor sends beside events in JSON. It is listened to only where it has signed that. */
export interface Dialect {
  /** The answer to what is no signal, as whether we are there; undefined for a signal. */
  answerTo(body: Json): JsonObject | undefined;
  /**
   * A form as a body of JSON.
   * @throws UnsupportedMediaTypeException when it is no signal.
   */
  readForm(form: URLSearchParams): JsonObject;
  /** What a form that was taken is answered beside what everybody is, with status 200. */
  accepted(message: string): JsonObject;
}

/** One way of proving who sent a request, with the secrets of one source. */
export interface SignatureScheme {
  readonly name: string;
  /** The header that carries the proof. */
  readonly header: string;
  /** The header in which the sender names the delivery, so that a repeat of it is recognised. */
  readonly deliveryHeader?: string;
  readonly dialect?: Dialect;
  /** @throws AppError `unauthenticated`, naming the header that is missing or wrong. */
  verify(request: SignedRequest): void;
}

export const MATCHES_NO_SECRET = 'matches no secret of this source';

/** Why a request does not count as the source's own, by the header that shows it. */
export function unproven(header: string, problem: string): AppError {
  return new AppError({
    code: 'signature_refused',
    kind: 'unauthenticated',
    message: `${header} ${problem}.`,
    fields: [{ field: header, problem }],
  });
}

/** @throws AppError `unauthenticated` when it is missing, or was sent more than once. */
export function headerOf({ headers }: SignedRequest, name: string): string {
  const value = headers[name.toLowerCase()];
  if (value === undefined || value === '') throw unproven(name, 'is missing');
  if (typeof value !== 'string') throw unproven(name, 'was sent more than once');
  return value;
}
