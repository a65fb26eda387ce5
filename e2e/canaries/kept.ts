import { jetstreamManager, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import { Postgres } from '@signalbox/postgres';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { See } from './watch.ts';

const BATCH_MESSAGES = 1_000;
/** Of the server: there is nothing from that number on. */
const NOT_FOUND = 404;
/** Of 8 KiB, beside what is kept apart for being long. */
const BATCH_BLOCKS = 500;
/** Of what stood before, so that nothing is missed where the object store has cut a blob. */
const CARRIED_CHARACTERS = 500;

/** Every message of every stream as it is now, key-value and object stores included. */
export async function seeStreams(connection: NatsConnection, see: See): Promise<void> {
  const manager = await jetstreamManager(connection);
  for await (const { config, state } of manager.streams.list()) {
    see(`the settings of stream ${config.name}`, JSON.stringify(config));
    let before = '';
    for await (const message of messagesOf(manager, config.name, state)) {
      const { subject, header, data } = message;
      const body = textOf(data);
      const text = [...linesOf(subject, header), before + body].join('\n');
      see(`stream ${config.name}, ${subject}`, text);
      before = config.name.startsWith('OBJ_') ? body.slice(-CARRIED_CHARACTERS) : '';
    }
  }
}

async function* messagesOf(
  manager: JetStreamManager,
  stream: string,
  state: { readonly first_seq: number; readonly last_seq: number; readonly messages: number },
): AsyncGenerator<StoredMsg> {
  let seq = state.first_seq;
  while (state.messages > 0 && seq <= state.last_seq) {
    const batch = await manager.direct.getBatch(stream, { seq, batch: BATCH_MESSAGES });
    let last = 0;
    try {
      for await (const message of batch) {
        last = message.seq;
        yield message;
      }
    } catch (error) {
      // What was left of a work queue may be done meanwhile.
      if ((error as { code?: unknown }).code === NOT_FOUND) return;
      throw error;
    }
    if (last === 0) return;
    seq = last + 1;
  }
}

/**
 * What no stream keeps, or not for long. Not the inboxes: as long as somebody hears those of a
 * process that was killed, the server takes it for there and sends it messages.
 */
const passing = ['watch.>', 'ended.>', 'cmd.>', 'timer.>'];

/** What passes over NATS from now on. */
export function seeMessages(connection: NatsConnection, see: See): void {
  for (const subjects of passing) {
    connection.subscribe(subjects, {
      callback: (_, { subject, headers, data }) => {
        see(`message ${subject}`, [...linesOf(subject, headers), textOf(data)].join('\n'));
      },
    });
  }
}

function linesOf(subject: string, headers: MsgHdrs | undefined): readonly string[] {
  const named = headers?.keys().map((key) => `${key}: ${headers.values(key).join()}`) ?? [];
  return [subject, ...named];
}

/** Every spelling of a canary is ASCII, which this leaves as it is whatever stands around it. */
const textOf = (data: Uint8Array): string => Buffer.from(data).toString('latin1');

/** Every row of every table. */
export async function seeTables(url: string, see: See): Promise<void> {
  const database = new Postgres({ url, schema: 'public', applicationName: 'signalbox/spec' });
  try {
    const tables = await database.query<{ name: string; blocks: number }>(
      `select name, (pg_relation_size(name::regclass) / current_setting('block_size')::int)::int as blocks
       from (select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
             where schemaname not in ('pg_catalog', 'information_schema')) as tables`,
    );
    for (const { name, blocks } of tables) {
      for (let first = 0; first < blocks; first += BATCH_BLOCKS) {
        // Bytes are shown in hexadecimal, which is one of the spellings.
        const rows = await database.query<{ text: string }>(
          `select t::text as text from ${name} t where ctid >= $1 and ctid < $2`,
          [`(${first},0)`, `(${first + BATCH_BLOCKS},0)`],
        );
        see(`table ${name}`, rows.map(({ text }) => text).join('\n'));
      }
    }
  } finally {
    await database.close();
  }
}

/** State of the servers, which is looked at through them, and what they are made of. */
const serversOwn = /^(nats|postgres|postgres-lib)\//;
/** Meant to hold credentials. */
const secretFiles = /^(api-key|nats-password|endpoints\.json|postgres\.password)$/;

/** Every file of a state folder but those: logs, and what tools have written. */
export async function seeFiles(folder: string, see: See): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name).slice(folder.length + 1);
    if (!entry.isFile() || serversOwn.test(path) || secretFiles.test(path)) continue;
    see(`file ${path}`, textOf(await readFile(join(folder, path))));
  }
}
