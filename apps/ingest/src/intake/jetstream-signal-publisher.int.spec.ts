import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/nats-core';
import { type Signal, signalSchema } from '@signalbox/contracts';
import { startNatsServer } from '@signalbox/embedded';
import type { Json } from '@signalbox/kernel';
import { provision, streams, subjectsOf } from '@signalbox/messaging';
import { startTestNats, type TestNats } from '@signalbox/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signalsOf } from './delivery.fixture.spec.ts';
import { JetStreamSignalPublisher } from './jetstream-signal-publisher.ts';

const FIRST = '01KAJ1X0000000000000000001';
const SECOND = '01KAJ1X0000000000000000002';

const alert = (name: string) => ({
  status: 'firing',
  labels: { alertname: name },
  startsAt: '2026-11-21T05:00:00Z',
  fingerprint: `f-${name}`,
});
const group = (...names: string[]) => ({ version: '4', alerts: names.map(alert) });

describe('signals on the stream', () => {
  let nats: TestNats;
  let publisher: JetStreamSignalPublisher;

  beforeAll(async () => {
    nats = await startTestNats();
    publisher = new JetStreamSignalPublisher(nats);
  });
  afterAll(() => nats.stop());

  const storedIn = async (connection: NatsConnection, env: string): Promise<Signal[]> => {
    const manager = await jetstreamManager(connection);
    const found: Signal[] = [];
    for (let seq = 1; ;) {
      const query = { seq, next_by_subj: subjectsOf(env).signals };
      const message = await manager.streams.getMessage(streams.signals, query);
      if (!message) return found;
      if (message.subject.split('.')[2] !== 'mallory')
        found.push(signalSchema.parse(message.json()));
      seq = message.seq + 1;
    }
  };
  const stored = () => storedIn(nats.connection, nats.env);
  const send = (body: Json, about: { id: string; source?: string; idempotencyKey?: string }) =>
    publisher.publish(signalsOf(body, about), { sameRequest: about.idempotencyKey !== undefined });

  it('SIG-4: keeps each report of a fact under its one id, and each delivery once', async () => {
    const before = (await stored()).length;
    await send(group('A', 'B'), { id: FIRST });
    await send(group('A', 'B'), { id: FIRST });
    await send(group('A'), { id: SECOND });
    const found = (await stored()).slice(before);
    expect(found.map(({ labels, raw }) => [labels['alertname'], raw.deliveryId])).toEqual([
      ['A', FIRST],
      ['B', FIRST],
      ['A', SECOND],
    ]);
    expect(found[2]?.id).toBe(found[0]?.id);
  });

  it('SIG-2: keeps the body of a delivery, once', async () => {
    const body = group('C', 'D');
    const before = (await stored()).length;
    await send(body, { id: FIRST, idempotencyKey: 'with a body' });
    const bodies = (await stored()).slice(before).map(({ raw }) => raw.body);
    expect(bodies).toEqual([JSON.stringify(body), undefined]);
  });

  it('SIG-4: notices another request under a key, also behind the first signal', async () => {
    const key = { id: FIRST, idempotencyKey: 'k' };
    const [, ...behind] = signalsOf(group('E', 'F', 'G'), key);
    // As when the window of the first has passed, and that of the others has not.
    await publisher.publish(behind, { sameRequest: false });
    const before = (await stored()).length;
    const error = { code: 'idempotency_key_reused', kind: 'invalid' };
    await expect(send(group('H', 'I', 'J'), { ...key, id: SECOND })).rejects.toMatchObject(error);
    expect((await stored()).length).toBe(before + 1);
    await expect(send(group('E'), key)).rejects.toMatchObject(error);
  });

  it('SIG-4: a key on the path of one source is not that of another', async () => {
    const before = (await stored()).length;
    for (const source of ['a', 'b', 'a']) {
      await send({ event_type: 'e', title: 't' }, { id: FIRST, source, idempotencyKey: 'shared' });
    }
    expect((await stored()).length).toBe(before + 2);
  });

  it('SIG-4: is not taken in by a message of somebody else under the same id', async () => {
    const about = { id: FIRST, idempotencyKey: 'guessed' };
    const [signal] = signalsOf(group('K'), about);
    const msgID = `${signal?.raw.deliveryId}.0`;
    const subject = subjectsOf(nats.env).signal('mallory', 'x');
    await jetstream(nats.connection).publish(subject, 'no JSON', { msgID });
    await expect(send(group('K'), about)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('SIG-1: takes a body of 1 MiB in which every character is escaped', async () => {
    const labels = { alertname: 'Q' };
    const summary = '\\"'.repeat(15_000);
    const alerts = Array.from({ length: 17 }, (_, i) => ({
      ...alert(`Q${i}`),
      labels,
      annotations: { summary },
    }));
    const signals = signalsOf({ version: '4', alerts });
    expect(signals[0]?.raw.bytes).toBeGreaterThan(1_000_000);
    const before = (await stored()).length;
    await publisher.publish(signals, { sameRequest: false });
    expect((await stored()).length).toBe(before + 17);
  });

  it('SIG-1: takes nothing of what a server with a lower limit cannot hold, and names it', async () => {
    await using bed = new AsyncDisposableStack();
    const storeDir = await mkdtemp(join(tmpdir(), 'signalbox-nats-'));
    bed.defer(() => rm(storeDir, { recursive: true }));
    const server = await startNatsServer({ storeDir, extraConfig: 'max_payload: 100KB' });
    bed.defer(() => server.stop());
    const connection = await connect({ servers: server.url });
    bed.defer(() => connection.close());
    await provision(connection, { replicas: 1 });
    const small = new JetStreamSignalPublisher({ connection, env: 'small' });
    const max = connection.info?.max_payload ?? 0;
    expect(max).toBeLessThan(120_000);
    const log = 'x'.repeat(60_000);
    const signals = signalsOf({ ...group('A', 'B'), alerts: [alert('A'), { ...alert('B'), log }] });
    await expect(small.publish(signals, { sameRequest: false })).resolves.toBeUndefined();
    const two = signalsOf({
      version: '4',
      alerts: [
        { ...alert('A'), log },
        { ...alert('B'), log },
      ],
    });
    await expect(small.publish(two, { sameRequest: false })).rejects.toMatchObject({
      kind: 'too_large',
      fields: [{ field: '', problem: expect.stringContaining(`${max} at most (its max_payload)`) }],
    });
    expect(await storedIn(connection, 'small')).toHaveLength(2);
  });
});
