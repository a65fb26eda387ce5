import { AppError, type Actor } from '@signalbox/kernel';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The headers that carry the key, beside `Authorization: Bearer`. The first is asked for. */
export const API_KEY_HEADERS = ['X-STOURIO-KEY', 'X-API-Key'] as const;
const [API_KEY_HEADER] = API_KEY_HEADERS;

const OPERATOR: Actor = 'person:operator';

export type KeyVerdict = 'none' | 'wrong' | 'right';

/** Who may do what. One shared key for now, so everybody who has it is the operator. */
export class Access {
  private readonly expected: Buffer | undefined;

  constructor(apiKey: string | undefined) {
    this.expected = apiKey === undefined ? undefined : sha256(apiKey);
  }

  /** What the key of a request is worth; `none` too when there is none to compare it with. */
  verdictOn(headers: IncomingHttpHeaders): KeyVerdict {
    const given = keyIn(headers);
    if (given === undefined || this.expected === undefined) return 'none';
    // Digests have one length, so the comparison tells nothing about the key, nor its length.
    return timingSafeEqual(sha256(given), this.expected) ? 'right' : 'wrong';
  }

  /**
   * Who is asking.
   * @throws AppError `unavailable` when the server has no key, `unauthenticated` when the request
   * has none, `forbidden` when it is another.
   */
  actorOf(headers: IncomingHttpHeaders): Actor {
    if (this.expected === undefined) {
      throw new AppError({
        code: 'api_key_not_configured',
        kind: 'unavailable',
        message: 'SIGNALBOX_API_KEY is not configured, so nobody can be let in.',
      });
    }
    switch (this.verdictOn(headers)) {
      case 'right':
        return OPERATOR;
      case 'wrong':
        throw new AppError({
          code: 'api_key_wrong',
          kind: 'forbidden',
          message: 'Forbidden: the API key is wrong.',
        });
      case 'none':
        throw new AppError({
          code: 'api_key_missing',
          kind: 'unauthenticated',
          message: `Missing ${API_KEY_HEADER} header.`,
          fields: [{ field: API_KEY_HEADER, problem: 'is missing' }],
        });
    }
  }
}

function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
  const candidates = [...API_KEY_HEADERS.map((name) => headers[name.toLowerCase()]), bearer];
  return candidates.find((key): key is string => typeof key === 'string' && key !== '');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
