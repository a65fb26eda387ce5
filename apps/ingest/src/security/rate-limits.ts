import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { TooManyRequests } from '../http/too-many-requests.ts';
import { Sources } from '../sources/sources.ts';
import { Access, type KeyVerdict } from './access.ts';
import type { LimitName, RateLimitsConfig } from './rate-limits.config.ts';
import { senderOf } from './remote-address.ts';

const MINUTE_S = 60;
const WRONG_KEYS: LimitName = 'wrong-keys';

/** Nobody without the key shall keep an operator from stopping, or from going on. */
const switches: readonly string[] = ['kill', 'resume'];

/** Alerts, and the orders to stop and to go on, are heard even from where somebody guesses keys. */
const heardFromGuessers: readonly string[] = ['webhook', ...switches];

/** Who we are and whether we work: probes come as often as they like. */
const needNoKey: readonly string[] = ['/', '/livez', '/readyz'];

/** What of a request is looked at. */
export type Counted = Pick<FastifyRequest, 'ip' | 'headers' | 'params' | 'routeOptions'>;

/** How often one sender may ask, counted in the memory of this process. */
export class RateLimits {
  private readonly limiters: ReadonlyMap<string, RateLimiterMemory>;

  constructor(
    config: RateLimitsConfig,
    private readonly access: Access,
    private readonly sources: Sources,
  ) {
    const limited = Object.entries(config).filter(([, points]) => points > 0);
    this.limiters = new Map(
      limited.map(([name, points]) => [
        name,
        new RateLimiterMemory({ points, duration: MINUTE_S }),
      ]),
    );
  }

  /**
   * Counts the request, before its body is read.
   * @throws TooManyRequests when the sender has had its share of this minute.
   */
  async count(request: Counted): Promise<void> {
    const { url: pattern = '/' } = request.routeOptions;
    if (needNoKey.includes(pattern)) return;
    const endpoint = /^\/(?:api\/)?([^/]+)/.exec(pattern)?.[1] ?? '';
    const sender = senderOf(request.ip);
    const key = this.keyOf(request);
    if (key === 'right' || !switches.includes(endpoint))
      await this.consume(endpoint, `${sender} ${pattern}`);
    if (key === 'wrong') await this.consume(WRONG_KEYS, sender);
    else if (!heardFromGuessers.includes(endpoint)) await this.refuseGuesser(sender);
  }

  private keyOf({ headers, params }: Counted): KeyVerdict {
    const { source } = params as { readonly source?: string };
    const isSigned = source !== undefined && this.sources.named(source)?.signature !== undefined;
    // What such a source sends as its proof is no guess at our key.
    return isSigned ? 'none' : this.access.verdictOn(headers);
  }

  private async refuseGuesser(sender: string): Promise<void> {
    const limiter = this.limiters.get(WRONG_KEYS);
    const used = await limiter?.get(sender);
    if (limiter && used && used.consumedPoints > limiter.points)
      throw tooMany(WRONG_KEYS, limiter, used);
  }

  private async consume(limit: string, counted: string): Promise<void> {
    const limiter = this.limiters.get(limit);
    try {
      await limiter?.consume(counted);
    } catch (spent) {
      if (limiter && spent instanceof RateLimiterRes) throw tooMany(limit, limiter, spent);
      throw spent;
    }
  }
}

function tooMany(
  limit: string,
  { points }: RateLimiterMemory,
  spent: RateLimiterRes,
): TooManyRequests {
  const message =
    limit === WRONG_KEYS
      ? `Too many wrong API keys from this address. Max ${points}/minute.`
      : `Rate limit exceeded. Max ${points} requests/minute for this endpoint.`;
  const retryAfterSeconds = Math.max(1, Math.ceil(spent.msBeforeNext / 1_000));
  return new TooManyRequests({ code: 'rate_limit_exceeded', message, retryAfterSeconds });
}
