import type { RecentCounts } from '@signalbox/messaging';
import { RateLimit, senderOf, type Taken } from '@signalbox/service';
import type { FastifyRequest } from 'fastify';
import { TooManyRequests } from '../http/too-many-requests.ts';
import { Sources } from '../sources/sources.ts';
import { Access, type KeyVerdict } from './access.ts';
import type { LimitName, RateLimitsConfig } from './rate-limits.config.ts';

const WRONG_KEYS: LimitName = 'wrong-keys';

/** Nobody without the key shall keep an operator from stopping, or from going on. */
const switches: readonly string[] = ['kill', 'resume'];

/** Alerts, and the orders to stop and to go on, are heard even from where somebody guesses keys. */
const heardFromGuessers: readonly string[] = ['webhook', ...switches];

/** Alerts come by the thousand, and no harm is done by a few too many. */
const mayLag: readonly string[] = ['webhook'];

/** Who we are and whether we work: probes come as often as they like. */
const needNoKey: readonly string[] = ['/', '/livez', '/readyz'];

/** What of a request is looked at. */
export type Counted = Pick<FastifyRequest, 'ip' | 'headers' | 'params' | 'routeOptions'>;

export interface RateLimitsOptions {
  readonly config: RateLimitsConfig;
  readonly counts: RecentCounts;
  readonly access: Access;
  readonly sources: Sources;
}

/** How often one sender may ask, whichever replica it comes to. */
export class RateLimits {
  private readonly limits: ReadonlyMap<string, RateLimit>;

  constructor(private readonly options: RateLimitsOptions) {
    const limited = Object.entries(options.config).filter(([, perMinute]) => perMinute > 0);
    const { counts } = options;
    this.limits = new Map(
      limited.map(([what, perMinute]) => [
        what,
        new RateLimit({ counts, what, perMinute, mayLag: mayLag.includes(what) }),
      ]),
    );
  }

  /**
   * Counts the request, before its body is read.
   * @throws TooManyRequests when the sender has had its share of the last minute.
   */
  async count(request: Counted): Promise<void> {
    const { url: pattern = '/' } = request.routeOptions;
    if (needNoKey.includes(pattern)) return;
    const endpoint = /^\/(?:api\/)?([^/]+)/.exec(pattern)?.[1] ?? '';
    const sender = senderOf(request.ip);
    const key = this.keyOf(request);
    if (key === 'right' || !switches.includes(endpoint)) {
      this.enforce(endpoint, await this.limits.get(endpoint)?.take(`${sender} ${pattern}`));
    }
    if (key === 'wrong') {
      this.enforce(WRONG_KEYS, await this.limits.get(WRONG_KEYS)?.take(sender));
    } else if (key === 'right' && !heardFromGuessers.includes(endpoint)) {
      // Whoever has guessed too often is not told which guess was right.
      this.enforce(WRONG_KEYS, await this.limits.get(WRONG_KEYS)?.look(sender));
    }
  }

  private keyOf({ headers, params }: Counted): KeyVerdict {
    const { source } = params as { readonly source?: string };
    const { access, sources } = this.options;
    const isSigned = source !== undefined && sources.named(source)?.signature !== undefined;
    // What such a source sends as its proof is no guess at our key.
    return isSigned ? 'none' : access.verdictOn(headers);
  }

  /** @throws TooManyRequests */
  private enforce(limit: string, taken: Taken | undefined): void {
    if (!taken || taken.allowed) return;
    const perMinute = this.options.config[limit as LimitName];
    const message =
      limit === WRONG_KEYS
        ? `Too many wrong API keys from this address. Max ${perMinute}/minute.`
        : `Rate limit exceeded. Max ${perMinute} requests/minute for this endpoint.`;
    const retryAfterSeconds = Math.max(1, Math.ceil(taken.retryAfterMs / 1_000));
    throw new TooManyRequests({ code: 'rate_limit_exceeded', message, retryAfterSeconds });
  }
}
