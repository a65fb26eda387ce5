import { parse } from '@signalbox/kernel';
import { z } from 'zod';

const schema = z
  .object({
    SIGNALBOX_TEST_SERVERS: z.enum(['embedded', 'containers']).default('embedded'),
    SIGNALBOX_TEST_NATS_URL: z.string().optional(),
    SIGNALBOX_TEST_DATABASE_URL: z.string().optional(),
  })
  .transform((env) => ({
    start: env.SIGNALBOX_TEST_SERVERS,
    natsUrl: env.SIGNALBOX_TEST_NATS_URL,
    databaseUrl: env.SIGNALBOX_TEST_DATABASE_URL,
  }));

/** Where tests take their servers from: those outside that have a URL here; the rest they start. */
export type TestServersConfig = z.output<typeof schema>;

/** @throws AppError `invalid`, naming the variable. */
export function loadTestServersConfig(): TestServersConfig {
  const set = Object.entries(process.env).filter(([, value]) => value !== '');
  return parse(schema, Object.fromEntries(set), 'configuration');
}
