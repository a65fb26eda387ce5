import { jetstreamManager, StoreCompression } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { Postgres } from '@signalbox/postgres';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spellingsOf } from './canary.ts';
import { seeFiles, seeMessages, seeStreams, seeTables } from './kept.ts';
import { CanaryWatch } from './watch.ts';

export interface Places {
  readonly connection: NatsConnection;
  readonly databaseUrl: string;
  readonly home: string;
}

/** One spelling, to stand in each kind of place. */
interface Plant {
  readonly name: string;
  readonly text: string;
}

/**
 * Puts a value of its own into every kind of place, in every spelling, and looks for it as it is
 * looked for canaries. The value is none of the platform's, so that no other look finds it.
 */
export async function plantEverywhere(
  places: Places,
): Promise<{ readonly planted: number; readonly missed: readonly string[] }> {
  const { connection, databaseUrl, home } = places;
  const watch = new CanaryWatch();
  const value = watch.put('planted', `${randomBytes(12).toString('hex')}/+&="%`);
  const plants = spellingsOf(value).map(({ text }, at) => ({
    name: `n${at}`,
    text: `a ${text} b`,
  }));
  seeMessages(connection, watch.see);
  const expected = [
    ...(await plantMessages(connection, plants)),
    ...(await plantRows(databaseUrl, plants)),
    ...(await plantFiles(home, plants)),
  ];
  await seeStreams(connection, watch.see);
  await seeTables(databaseUrl, watch.see);
  await seeFiles(home, watch.see);
  const found = new Set(watch.takeReport().found.map((line) => line.replace(/^.*?\) in /, '')));
  return { planted: expected.length, missed: expected.filter((place) => !found.has(place)) };
}

/** In bodies and headers, in what is kept and what is not, and in stores. */
async function plantMessages(
  connection: NatsConnection,
  plants: readonly Plant[],
): Promise<readonly string[]> {
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    name: 'KV_planted',
    subjects: ['$KV.planted.>'],
    allow_direct: true,
    compression: StoreCompression.S2,
  });
  const places = plants.flatMap(({ name, text }) => {
    const subject = `signals.default.planted.${name}`;
    connection.publish(subject, text);
    const carrying = headers();
    carrying.set('x-note', text);
    connection.publish(`${subject}-header`, '{}', { headers: carrying });
    connection.publish(`watch.default.${name}`, text);
    connection.publish(`$KV.planted.${name}`, text);
    // The object store cuts where it will.
    const [half, rest] = [text.slice(0, 10), text.slice(10)];
    connection.publish(`$O.blobs.C.${name}`, half);
    connection.publish(`$O.blobs.C.${name}-rest`, rest);
    return [
      `stream SIGNALS, ${subject}`,
      `stream SIGNALS, ${subject}-header`,
      `message watch.default.${name}`,
      `stream KV_planted, $KV.planted.${name}`,
      `stream OBJ_blobs, $O.blobs.C.${name}-rest`,
    ];
  });
  await connection.flush();
  return places;
}

async function plantRows(url: string, plants: readonly Plant[]): Promise<readonly string[]> {
  const database = new Postgres({ url, schema: 'public', applicationName: 'signalbox/spec' });
  try {
    const columns = { text: '$1::text', jsonb: 'to_jsonb($1::text)' };
    const [plain] = plants;
    const rows = plants.flatMap((plant) =>
      Object.entries(columns).map(([type, value]) => ({ ...plant, type, value })),
    );
    // Shown in hexadecimal, which for the others would be a spelling of a spelling.
    if (plain) rows.push({ ...plain, type: 'bytea', value: `convert_to($1, 'UTF8')` });
    const places: string[] = [];
    for (const { name, text, type, value } of rows) {
      const table = `planted_${type}_${name}`;
      await database.query(`create table ${table} (note ${type})`);
      await database.query(`insert into ${table} values (${value})`, [text]);
      places.push(`table public.${table}`);
    }
    return places;
  } finally {
    await database.close();
  }
}

async function plantFiles(home: string, plants: readonly Plant[]): Promise<readonly string[]> {
  const paths = plants.map(({ name, text }) => ({ path: join('logs', `${name}.log`), text }));
  for (const { path, text } of paths) await writeFile(join(home, path), `${text}\n`);
  return paths.map(({ path }) => `file ${path}`);
}
