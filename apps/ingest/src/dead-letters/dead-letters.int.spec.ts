import { headers as newHeaders } from '@nats-io/nats-core';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { SIGNAL_SCHEMA } from '@signalbox/contracts';
import { streams } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { startBench, type Answer, type Bench } from '../ingest.fixture.spec.ts';

const SIGNAL = '01KAJ1X0000000000000000001';
const listOf = ({ body }: Answer) => body as unknown as Record<string, unknown>[];

describe('dead letters over HTTP', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.stop());

  const redrive = (sequence: number | string) =>
    bench.call(`/api/dlq/${sequence}/redrive`, { method: 'POST' });

  /** What a service leaves behind that gives a message up; answers with its place. */
  const bury = async (subject: string, body: string | Uint8Array, headers = {}) => {
    const all = newHeaders();
    const own = {
      'signalbox-dead-code': 'malformed_json',
      'signalbox-dead-message': 'signal: the body is not JSON',
      'signalbox-dead-service': 'router',
      'signalbox-dead-stream': streams.signals,
      'signalbox-dead-subject': subject,
      'signalbox-dead-sequence': '7',
      'signalbox-dead-time': '2026-11-01T10:00:00.000Z',
      'signalbox-dead-deliveries': '1',
    };
    for (const [name, value] of Object.entries({ ...own, ...headers })) all.set(name, `${value}`);
    const { seq } = await jetstream(bench.connection).publish(`dlq.${bench.env}.router`, body, {
      headers: all,
    });
    return seq;
  };
  const signal = (type: string) => `signals.${bench.env}.probe.${type}`;

  it('SIG-6: are listed newest first, in pages, and counted in the status', async () => {
    const sequences = [];
    for (const type of ['a', 'b', 'c']) sequences.push(await bury(signal(type), '{'));
    const first = await bench.call('/api/dlq?limit=2');
    expect(listOf(first)).toMatchObject([
      {
        sequence: sequences[2],
        service: 'router',
        code: 'malformed_json',
        reason: 'signal: the body is not JSON',
        deliveries: 1,
        subject: signal('c'),
        stream: 'SIGNALS',
        original_sequence: 7,
        stored_at: '2026-11-01T10:00:00.000Z',
        bytes: 1,
      },
      { sequence: sequences[1] },
    ]);
    const next = /<(.+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    const second = await bench.call(next);
    expect(listOf(second).map(({ sequence }) => sequence)).toEqual([sequences[0]]);
    expect(second.headers.get('link')).toBeNull();
    expect((await bench.call('/api/status')).body).toMatchObject({ dead_letters: 3 });
    for (const sequence of sequences) await redrive(sequence);
  });

  it('SIG-6: are shown with their headers and their body, also one that is no text', async () => {
    const sequence = await bury(signal('a'), '{"title": ', { 'x-note': 'kept' });
    expect((await bench.call(`/api/dlq/${sequence}`)).body).toMatchObject({
      sequence,
      headers: { 'x-note': 'kept' },
      body: '{"title": ',
      body_encoding: 'utf-8',
    });
    const bytes = Uint8Array.from([0x22, 0xff, 0x22]);
    const binary = await bury(signal('a'), bytes);
    expect((await bench.call(`/api/dlq/${binary}`)).body).toMatchObject({
      body: Buffer.from(bytes).toString('base64'),
      body_encoding: 'base64',
    });
    for (const each of [sequence, binary]) await redrive(each);
  });

  it('SIG-6: are put back once, as they were, on the record', async () => {
    const headers = { 'ce-dataschema': SIGNAL_SCHEMA, 'ce-id': SIGNAL };
    const sequence = await bury(signal('back'), '{"title":"x"}', headers);
    const answer = await redrive(sequence);
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'redriven', sequence, subject: signal('back') },
    });
    const manager = await jetstreamManager(bench.connection);
    const back = await manager.streams.getMessage(streams.signals, {
      last_by_subj: signal('back'),
    });
    expect(back?.string()).toBe('{"title":"x"}');
    expect(back?.header.get('ce-id')).toBe(SIGNAL);
    expect((await bench.call(`/api/dlq/${sequence}`)).status).toBe(404);
    expect((await redrive(sequence)).status).toBe(404);
    await bench.project();
    const audit = await bench.call('/api/audit?type=dead_letter.redriven&limit=1');
    expect(listOf(audit)).toMatchObject([
      {
        actor: 'person:operator',
        correlation_id: SIGNAL,
        data: { sequence, service: 'router', subject: signal('back'), originalSequence: 7 },
      },
    ]);
  });

  it('SIG-6: of another environment are none of ours', async () => {
    const all = newHeaders();
    const { seq } = await jetstream(bench.connection).publish('dlq.elsewhere.router', '', {
      headers: all,
    });
    expect((await bench.call(`/api/dlq/${seq}`)).status).toBe(404);
    expect((await redrive(seq)).status).toBe(404);
    expect(listOf(await bench.call('/api/dlq'))).toEqual([]);
  });

  it.each([
    ['GET', '/api/dlq'],
    ['GET', '/api/dlq/1'],
    ['POST', '/api/dlq/1/redrive'],
  ])('OPS-1: %s %s asks for the key', async (method, path) => {
    const headers = { 'x-stourio-key': undefined };
    expect((await bench.call(path, { method, headers })).status).toBe(401);
  });

  it.each([
    ['/api/dlq?limit=0', 'limit'],
    ['/api/dlq?limit=101', 'limit'],
    ['/api/dlq?cursor=x', 'cursor'],
    ['/api/dlq?colour=red', ''],
    ['/api/dlq/0', 'sequence'],
    ['/api/dlq/x', 'sequence'],
  ])('OPS-1: refuses %s, naming the parameter', async (path, field) => {
    const { status, body } = await bench.call(path);
    expect(status).toBe(422);
    expect(body['errors']).toMatchObject([{ field }]);
  });

  it('SIG-6: says that it cannot answer while NATS is away, and the status does without', async () => {
    await bench.nats.kill();
    try {
      const [list, put] = await Promise.all([bench.call('/api/dlq'), redrive(1)]);
      expect([list.status, put.status]).toEqual([503, 503]);
      expect((await bench.call('/api/status')).body).toMatchObject({ dead_letters: null });
    } finally {
      await bench.nats.restart();
    }
    await eventually(async () => (await bench.call('/api/dlq')).status === 200);
    expect((await bench.call('/api/status')).body).toMatchObject({ dead_letters: 0 });
  });
});
