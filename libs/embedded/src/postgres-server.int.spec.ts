import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { startPostgres, type PostgresServer } from './postgres-server.ts';

describe('startPostgres', () => {
  let folder: string;
  let dataDir: string;
  let server: PostgresServer;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-postgres-'));
    dataDir = join(folder, 'data');
    server = await startPostgres({ dataDir });
  });
  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function query(sql: string, url = server.url): Promise<unknown[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  it('is PostgreSQL 18 with fsync on, and wants the password', async () => {
    expect(await query(`select current_setting('fsync') as fsync`)).toEqual([{ fsync: 'on' }]);
    const [{ version }] = (await query('select version()')) as [{ version: string }];
    expect(version).toMatch(/^PostgreSQL 18\./);
    const wrong = server.url.replace(/:[^:@]+@/, ':wrong@');
    await expect(query('select 1', wrong)).rejects.toThrow('password authentication failed');
  });

  it('keeps committed rows through kill -9', async () => {
    await query('create table kept as select 1 as value');
    await server.kill();
    await server.restart();
    expect(await query('select value from kept')).toEqual([{ value: 1 }]);
  });

  it('starts when another process has the pid of its left-over lock', async () => {
    await server.stop();
    await writeFile(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n1\n1\n\n\n0 0\n`);
    await server.restart();
    expect(await query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says in one line that the port is in use', async () => {
    const other = startPostgres({ dataDir: join(folder, 'other'), port: server.port });
    await expect(other).rejects.toMatchObject({
      code: 'server_not_started',
      message: `PostgreSQL did not start: port ${server.port} is in use`,
    });
  });

  it('does not share data that a running process of ours holds', async () => {
    await expect(startPostgres({ dataDir })).rejects.toMatchObject({ code: 'state_in_use' });
  });

  it('says in one line that the data is of another major version', async () => {
    await server.stop();
    await writeFile(join(dataDir, 'PG_VERSION'), '17\n');
    await expect(server.restart()).rejects.toThrow(`${dataDir} is of another version`);
  });

  it('says in one line that the data is damaged', async () => {
    await server.stop();
    await truncate(join(dataDir, 'global', 'pg_control'), 10);
    await expect(server.restart()).rejects.toThrow('could not read file "global/pg_control"');
    await rm(join(dataDir, 'PG_VERSION'));
    await expect(startPostgres({ dataDir })).rejects.toThrow('it lacks PG_VERSION');
  });
});
