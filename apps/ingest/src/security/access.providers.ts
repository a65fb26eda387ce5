import type { Provider } from '@nestjs/common';
import { RecentCounts } from '@signalbox/messaging';
import type { IngestConfig } from '../config.ts';
import { RefusedDeliveries } from '../sources/refused-deliveries.ts';
import { SourceAccess } from '../sources/source-access.ts';
import { Sources } from '../sources/sources.ts';
import { Access } from './access.ts';
import { RateLimits } from './rate-limits.ts';

/** Who is let in, for what, and how often. */
export function accessProviders({ apiKey, sources, rateLimits: config }: IngestConfig): Provider[] {
  const access = new Access(apiKey);
  return [
    { provide: Access, useValue: access },
    { provide: Sources, useValue: sources },
    {
      provide: RateLimits,
      inject: [RecentCounts],
      useFactory: (counts: RecentCounts) => new RateLimits({ config, counts, access, sources }),
    },
    RefusedDeliveries,
    SourceAccess,
  ];
}
