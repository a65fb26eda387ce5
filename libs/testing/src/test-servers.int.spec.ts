import { Client } from 'pg';
import { startEmbeddedTestNats, startTestNats } from './test-nats.ts';
import { startEmbeddedTestPostgres, startTestPostgres } from './test-postgres.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function connectTo(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  closers.push(() => client.end());
  return client;
}

it('shares an outside NATS among tests, each with an environment of its own', async () => {
  const outside = await startEmbeddedTestNats();
  closers.push(outside.stop);
  const config = { start: 'embedded', natsUrl: outside.url, databaseUrl: undefined } as const;
  const one = await startTestNats(config);
  closers.push(one.stop);
  const other = await startTestNats(config);
  expect([one.url, other.url]).toEqual([outside.url, outside.url]);
  expect(new Set([one.env, other.env, outside.env]).size).toBe(3);
  await other.stop();
  const ack = await one.connection.request(`signals.${one.env}.spec.one`, '{}');
  expect(ack.json()).toMatchObject({ stream: 'SIGNALS' });
});

it('makes databases of its own on an outside Postgres, and drops them', async () => {
  const outside = await startEmbeddedTestPostgres();
  closers.push(outside.stop);
  const admin = await connectTo(outside.url);
  const paths = async (): Promise<readonly string[]> => {
    const { rows } = await admin.query(`SELECT datname FROM pg_database WHERE datname ~ 'spec_'`);
    return rows.map((row: { datname: string }) => `/${row.datname}`).toSorted();
  };
  const config = { start: 'embedded', natsUrl: undefined, databaseUrl: outside.url } as const;
  const postgres = await startTestPostgres(config);
  const urls = [postgres.url, await postgres.createDatabase()];
  // Whoever is still connected is thrown out.
  await connectTo(postgres.url);
  expect(await paths()).toEqual(urls.map((url) => new URL(url).pathname).toSorted());
  await postgres.stop();
  expect(await paths()).toEqual([]);
});
