import { BadRequestException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppError, isDeeperThan, type Json } from '@signalbox/kernel';
import type { FastifyRequest } from 'fastify';

/** Largest request we read: an Alertmanager group of a thousand alerts fits. */
export const BODY_BYTES_MAX = 1_048_576;
/** Deepest nesting we take; everything behind us may then recurse safely. */
export const NESTING_MAX = 64;

const NO_BYTES = Buffer.alloc(0);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Leaves every body as its bytes: the digest is taken over what arrived, and nothing is parsed
 * for somebody who has no key. The content type is not looked at, since senders of JSON
 * (Amazon SNS, `curl -d`) often name another.
 */
export function keepBodiesRaw(app: NestFastifyApplication): void {
  for (const type of ['application/json', 'text/plain', '*']) {
    app.useBodyParser(type, { bodyLimit: BODY_BYTES_MAX }, (_request, body, done) =>
      done(null, body),
    );
  }
}

/** @throws UnsupportedMediaTypeException when they are compressed. */
export function bytesOf(request: FastifyRequest): Buffer {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new UnsupportedMediaTypeException(
      `The body is encoded with ${encoding}. Send it uncompressed, without Content-Encoding.`,
      { errorCode: 'content_encoding_unsupported' },
    );
  }
  return Buffer.isBuffer(request.body) ? request.body : NO_BYTES;
}

/**
 * @throws BadRequestException when the bytes are no JSON,
 * AppError `invalid` when it is nested deeper than `NESTING_MAX`.
 */
export function parseJson(bytes: Buffer): Json {
  let value: Json;
  try {
    value = JSON.parse(utf8.decode(bytes)) as Json;
  } catch (error) {
    const reason = bytes.length === 0 ? 'it is empty' : (error as Error).message;
    throw new BadRequestException(`The body is not JSON: ${reason}`, {
      errorCode: 'malformed_json',
      cause: error,
    });
  }
  if (isDeeperThan(NESTING_MAX, value)) {
    throw new AppError({
      code: 'nested_too_deep',
      kind: 'invalid',
      message: `The body is nested deeper than ${NESTING_MAX} levels.`,
      fields: [{ field: '', problem: `is nested deeper than ${NESTING_MAX} levels` }],
    });
  }
  return value;
}
