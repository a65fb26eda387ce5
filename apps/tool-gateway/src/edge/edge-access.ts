import { HttpException } from '@nestjs/common';
import type { RecentCounts } from '@signalbox/messaging';
import { RateLimit, senderOf } from '@signalbox/service';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secrets } from '../secrets/secrets.ts';
import type { EdgeConfig } from './edge.schema.ts';

/** What is limited is counted over a minute. */
export const RETRY_AFTER_SECONDS = 60;

/** Lets in who has the secret, and nobody too often. */
export class EdgeAccess {
  private readonly rate: RateLimit;

  constructor(
    private readonly config: EdgeConfig,
    private readonly secrets: Pick<Secrets, 'resolve'>,
    counts: RecentCounts,
  ) {
    this.rate = new RateLimit({ counts, what: 'execute', perMinute: config.callsPerMinute });
  }

  /**
   * Counts before it compares, so that a secret cannot be guessed any faster.
   * @throws HttpException 429 or 403; MissingCredential when there is nothing to compare with.
   */
  async check(address: string, authorization: string | undefined): Promise<void> {
    const { allowed } = await this.rate.take(senderOf(address));
    if (!allowed) throw tooMany(this.config.callsPerMinute);
    const expected = sha256(await this.secrets.resolve(this.config.secret));
    const [, given = ''] = /^Bearer +(.+)$/i.exec(authorization ?? '') ?? [];
    // Digests have one length, so the comparison tells nothing about the secret, nor its length.
    if (timingSafeEqual(sha256(given), expected)) return;
    throw new HttpException({ detail: 'Forbidden: the secret is wrong or missing.' }, 403);
  }
}

/** The shape is the contract's. */
function tooMany(callsPerMinute: number): HttpException {
  const error = `Rate limit exceeded. Max ${callsPerMinute} requests/minute.`;
  return new HttpException({ error, retry_after_seconds: RETRY_AFTER_SECONDS }, 429);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
