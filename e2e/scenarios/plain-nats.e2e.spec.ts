import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { eventually } from '@signalbox/testing';
import { execFile } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Platform } from '../platform.ts';

interface Entry {
  readonly aggregate_id: string;
  readonly data: {
    readonly signal?: { readonly source: string; readonly title: string; readonly type: string };
  };
}
interface Letter {
  readonly subject: string;
  readonly reason: string;
}

const run = promisify(execFile);
const examples = join(import.meta.dirname, '../../docs/guides/examples');
const DECIDED_MAX_MS = 120_000;
const ACKNOWLEDGED_MAX_MS = 60_000;

/** A client of NATS as its protocol is written down, and nothing of ours. */
class PlainClient {
  readonly #socket: Socket;
  #received = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => (this.#received += text));
  }

  static async connect(url: string): Promise<PlainClient> {
    const { hostname, port } = new URL(url);
    const socket = createConnection(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.write('CONNECT {"verbose":false,"headers":true}\r\nSUB _INBOX.> 1\r\n');
    return new PlainClient(socket);
  }

  /** Resolves once the server says that the message is on disk. */
  async publish(subject: string, body: string, headers: readonly string[] = []): Promise<void> {
    const reply = `_INBOX.${crypto.randomUUID()}`;
    const block = `${['NATS/1.0', ...headers].join('\r\n')}\r\n\r\n`;
    const [head, all] = [block, block + body].map((text) => Buffer.byteLength(text));
    this.#socket.write(`HPUB ${subject} ${reply} ${head} ${all}\r\n${block}${body}\r\n`);
    const stored = new RegExp(`MSG ${reply} .*\r\n.*"seq":\\d+`);
    await eventually(
      () => stored.test(this.#received),
      ACKNOWLEDGED_MAX_MS,
      `an acknowledgement of ${body}`,
    );
  }

  close(): void {
    this.#socket.destroy();
  }
}

describe('a program that publishes straight onto NATS', () => {
  let platform: Platform;
  let url: string;
  let client: PlainClient;
  let reader: NatsConnection;

  beforeAll(async () => {
    platform = await Platform.start({ args: ['--no-sample'] });
    url = (await platform.endpoints()).nats;
    client = await PlainClient.connect(url);
    reader = await connect(await platform.natsAsService());
  });
  afterAll(async () => {
    client.close();
    await reader.close();
    await platform.stopAndForget();
  });

  const audit = async (type: string): Promise<readonly Entry[]> =>
    (await platform.get<Entry[]>(`/api/audit?type=${type}&limit=200`)).body;
  /** The titles of a source's signals, and how many decisions each of them has. */
  const decisionsOn = async (source: string): Promise<Record<string, number[]>> => {
    const taken = (await audit('signal.received')).filter(
      ({ data }) => data.signal?.source === source,
    );
    const decided = (await audit('decision.made')).map((entry) => entry.aggregate_id);
    const byTitle: Record<string, number[]> = {};
    for (const { aggregate_id: id, data } of taken) {
      (byTitle[data.signal?.title ?? ''] ??= []).push(decided.filter((of) => of === id).length);
    }
    return byTitle;
  };
  const whenDecided = async (source: string, expected: Record<string, number[]>) => {
    await eventually(
      async () =>
        JSON.stringify(sorted(await decisionsOn(source))) === JSON.stringify(sorted(expected)),
      DECIDED_MAX_MS,
      `decisions on ${Object.keys(expected).join(', ')}`,
    );
  };
  const sorted = (record: object) => Object.fromEntries(Object.entries(record).toSorted());
  const letters = async (): Promise<readonly Letter[]> => {
    const manager = await jetstreamManager(reader);
    const { state } = await manager.streams.info('DLQ');
    const found: Letter[] = [];
    for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq++) {
      const letter = await manager.streams.getMessage('DLQ', { seq });
      if (!letter) continue;
      const of = (name: string) => letter.header.get(`signalbox-dead-${name}`);
      found.push({ subject: of('subject'), reason: of('message') });
    }
    return found;
  };

  it('SIG-5: the examples of the guide run, and what they publish is decided', async () => {
    const script = await run('bash', [join(examples, 'publish-signal.sh'), url]);
    expect(script.stdout).toMatch(/"seq":\d+/);
    const program = await run(process.execPath, [join(examples, 'publish-signal.mjs'), url]);
    expect(program.stdout).toMatch(/^stored, number \d+/);
    await whenDecided('disk-check', {
      'Disk of db-1 is 97 % full': [1],
      'Disk of db-2 is 98 % full': [1],
    });
  });

  it('SIG-5: the example without a client says so when nobody acknowledges', async () => {
    const nowhere = run('bash', [join(examples, 'publish-signal.sh'), 'nats://127.0.0.1:1']);
    await expect(nowhere).rejects.toMatchObject({ code: 1 });
  });

  it('SIG-5: plain JSON and CloudEvents of both modes are decided, each event once', async () => {
    const subject = 'signals.default.raw-probe.disk.full';
    const event = { specversion: '1.0', id: '1', source: '/db-1', type: 'disk.full' };
    const binary = ['ce-specversion: 1.0', 'ce-id: 2', 'CE-Source: /db-1', 'ce-type: disk.full'];
    const structured = JSON.stringify({ ...event, data: { title: 'structured' } });
    await client.publish(subject, '{"title":"plain","used":0.97}');
    await client.publish(subject, '{"title":"dedupe"}', ['Nats-Msg-Id: raw-probe-1']);
    await client.publish(subject, '{"title":"dedupe"}', ['Nats-Msg-Id: raw-probe-1']);
    for (let times = 0; times < 2; times++) {
      await client.publish(subject, structured, ['Content-Type: application/cloudevents+json']);
      await client.publish(subject, '{"title":"binary"}', binary);
    }
    await client.publish(subject, '{"title":"the last one"}');
    const expected = { plain: [1], dedupe: [1], structured: [1], binary: [1], 'the last one': [1] };
    await whenDecided('raw-probe', expected);
    await eventually(async () => {
      const manager = await jetstreamManager(reader);
      const { num_pending, num_ack_pending } = await manager.consumers.info(
        'SIGNALS',
        'default_router',
      );
      return num_pending === 0 && num_ack_pending === 0;
    }, DECIDED_MAX_MS);
    expect(sorted(await decisionsOn('raw-probe'))).toEqual(sorted(expected));
    expect(await letters()).toEqual([]);
  });

  it('SIG-4: reports on a problem that the publisher names are grouped', async () => {
    const subject = 'signals.default.raw-disk.full';
    const body = '{"title":"again","fingerprint":"db-1 disk"}';
    for (let times = 0; times < 3; times++) await client.publish(subject, body);
    await whenDecided('raw-disk', { again: [1, 1, 1] });
    const outcomes = (await audit('decision.made')).map(
      ({ data }) => (data as { outcome?: string }).outcome,
    );
    expect(outcomes.filter((outcome) => outcome === 'grouped')).toHaveLength(2);
  });

  it('SIG-5: malformed ones are dead letters whose reason names the field', async () => {
    const cases: readonly [body: string, headers: readonly string[], reason: RegExp][] = [
      ['disk full', [], /not JSON/],
      ['{"title":7}', [], /title/],
      ['{"labels":{"a":1}}', [], /labels\.a/],
      ['{"specversion":"1.0","id":"1","type":"t"}', [], /source/],
      ['{"specversion":"0.3","id":"1","source":"s","type":"t"}', [], /specversion/],
      ['{}', ['ce-specversion: 1.0', 'ce-source: s', 'ce-type: t'], /id/],
      ['{}', ['ce-dataschema: urn:signalbox:signal:1'], /id/],
    ];
    for (const [index, [body, headers]] of cases.entries()) {
      await client.publish(`signals.default.raw-bad.n${index}`, body, headers);
    }
    await eventually(
      async () => (await letters()).length >= cases.length,
      DECIDED_MAX_MS,
      'letters',
    );
    const found = await letters();
    expect(found).toHaveLength(cases.length);
    for (const [index, [, , reason]] of cases.entries()) {
      const letter = found.find(({ subject }) => subject === `signals.default.raw-bad.n${index}`);
      expect(letter?.reason).toMatch(reason);
    }
    expect(await decisionsOn('raw-bad')).toEqual({});
  });
});
