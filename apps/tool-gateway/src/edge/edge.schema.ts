import { token } from '@signalbox/contracts';
import { z } from 'zod';
import { secretReference } from '../secrets/secret-reference.ts';

/** The HTTP edge, for programs that call tools without being a run. */
export const edgeConfig = z.strictObject({
  port: z.int().min(0).max(65_535),
  host: z.string().min(1).default('127.0.0.1'),
  /** What `Authorization: Bearer` has to carry. */
  secret: secretReference,
  /** As whom `policy.allow` sees these calls. */
  caller: token.default('execute'),
  /** For each address, or network of IPv6 (/64), in any minute, over all gateways. */
  callsPerMinute: z.int().min(1).max(10_000).default(60),
});
export type EdgeConfig = z.output<typeof edgeConfig>;
