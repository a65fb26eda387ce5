import { jetstreamManager } from '@nats-io/jetstream';
import type { Msg, MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { Postgres } from '@signalbox/postgres';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Canaries } from './slots.ts';

/** Everything that is said or kept somewhere, by the name of that place. */
export interface Kept {
  readonly place: string;
  readonly text: string;
}

/** `slot in place`, for each canary that occurs, as it is or as base64. */
export function foundIn(kept: readonly Kept[], canaries: Canaries): readonly string[] {
  const forms = Object.entries(canaries).map(([slot, value]) => {
    const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '').slice(0, -1);
    return { slot, values: [value, base64, encodeURIComponent(value)] };
  });
  return kept.flatMap(({ place, text }) =>
    forms
      .filter(({ values }) => values.some((value) => text.includes(value)))
      .map(({ slot }) => `${slot} in ${place}`),
  );
}

/** Every message of every stream, as it is now, with its headers. */
export async function keptInStreams(connection: NatsConnection): Promise<readonly Kept[]> {
  const manager = await jetstreamManager(connection);
  const kept: Kept[] = [];
  for await (const { config, state } of manager.streams.list()) {
    kept.push({ place: `stream ${config.name}`, text: JSON.stringify(config) });
    for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
      const message = await manager.streams.getMessage(config.name, { seq }).catch(() => null);
      if (!message) continue;
      const { subject, header, data } = message;
      const text = textOf(subject, header, data);
      kept.push({ place: `stream ${config.name} ${seq} ${subject}`, text });
    }
  }
  return kept;
}

/** What passes over NATS from now on, commands and answers included, which no stream keeps. */
export function listenTo(connection: NatsConnection): readonly Kept[] {
  const heard: Kept[] = [];
  connection.subscribe('>', {
    callback: (_, { subject, headers, data }: Msg) => {
      heard.push({ place: `message ${subject}`, text: textOf(subject, headers, data) });
    },
  });
  return heard;
}

function textOf(subject: string, headers: MsgHdrs | undefined, data: Uint8Array): string {
  const named = headers?.keys().map((key) => `${key}: ${headers.values(key).join()}`) ?? [];
  return [subject, ...named, Buffer.from(data).toString('utf8')].join('\n');
}

/** Every row of every table. */
export async function keptInDatabase(url: string): Promise<readonly Kept[]> {
  const database = new Postgres({ url, schema: 'public', applicationName: 'signalbox/spec' });
  try {
    const tables = await database.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const kept: Kept[] = [];
    for (const { name } of tables) {
      const rows = await database.query<{ text: string }>(`select t::text as text from ${name} t`);
      kept.push(...rows.map(({ text }) => ({ place: `table ${name}`, text })));
    }
    return kept;
  } finally {
    await database.close();
  }
}

export async function keptInLogs(folder: string): Promise<readonly Kept[]> {
  const names = await readdir(folder);
  return Promise.all(
    names.map(async (name) => ({
      place: `log ${name}`,
      text: await readFile(join(folder, name), 'utf8'),
    })),
  );
}
