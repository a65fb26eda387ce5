import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { streams } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { Platform } from '../platform.ts';

const LETTER_MAX_MS = 60_000;

interface Problem {
  readonly detail: string;
  readonly errors?: readonly { readonly field: string }[];
}

describe('bad input', () => {
  let platform: Platform;

  beforeAll(async () => {
    platform = await Platform.start({ args: ['--no-sample'] });
  });
  afterAll(() => platform.stopAndForget());

  const good = { source: 's', event_type: 'e', title: 't', payload: {} };
  const post = (body: unknown, headers = {}) =>
    platform.post<Problem>('/api/webhook', body, headers);

  it('SIG-1: malformed JSON is a 400', async () => {
    expect((await post('{"source": ')).status).toBe(400);
  });

  it.each([
    ['a wrong type', { ...good, title: 7 }, 'title'],
    ['a missing field', { ...good, source: undefined }, 'source'],
    ['a text that is too long', { ...good, title: 'x'.repeat(1001) }, 'title'],
    [
      'too many keys',
      { ...good, payload: Object.fromEntries([...'x'.repeat(51)].map((_, i) => [`k${i}`, i])) },
      'payload',
    ],
  ])('SIG-1: %s is a 422 that names the field', async (_, body, field) => {
    const { status, body: problem } = await post(body);
    expect(status).toBe(422);
    expect(problem.errors?.map((e) => e.field)).toContain(field);
    expect(problem.detail).toContain(field);
  });

  it('SIG-1: an oversize body is a 413', async () => {
    expect((await post({ ...good, payload: { a: 'x'.repeat(10_000_000) } })).status).toBe(413);
  });

  it('SIG-1: no key is a 401 and a wrong key a 403', async () => {
    expect((await post(good, { 'x-stourio-key': '' })).status).toBe(401);
    expect((await post(good, { 'x-stourio-key': 'wrong' })).status).toBe(403);
  });

  it('SIG-5: a malformed message straight onto NATS becomes a dead letter with its reason', async () => {
    const connection = await connect(await platform.natsAsService());
    try {
      await jetstream(connection).publish('signals.default.sensor.alert', '{"title": ');
      const manager = await jetstreamManager(connection);
      const letters = async () => (await manager.streams.info(streams.deadLetters)).state.messages;
      await eventually(async () => (await letters()) === 1, LETTER_MAX_MS, 'a dead letter');
      const letter = await manager.streams.getMessage(streams.deadLetters, {
        last_by_subj: 'dlq.default.router',
      });
      expect(letter?.header.get('signalbox-dead-message')).toMatch(/JSON/);
      expect(letter?.string()).toBe('{"title": ');
    } finally {
      await connection.close();
    }
  });
});
