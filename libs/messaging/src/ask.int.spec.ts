import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { eventually, startTestNats, type TestNats } from '@signalbox/testing';
import { setImmediate } from 'node:timers/promises';
import { ask, awaitAnswer } from './ask.ts';

const LONG_MS = 10_000;

describe('ask', () => {
  let nats: TestNats;
  let connection: NatsConnection;
  let other: NatsConnection;

  beforeAll(async () => {
    nats = await startTestNats();
    other = await connect({ servers: nats.url });
  });
  beforeEach(async () => {
    connection = await connect({ servers: nats.url, inboxPrefix: '_INBOX_spec' });
  });
  afterEach(() => connection.close());
  afterAll(async () => {
    await other.close();
    await nats.stop();
  });

  const hear = (subject: string, callback: (message: Msg) => void) => {
    other.subscribe(subject, { callback: (_, message) => callback(message) });
    return other.flush();
  };

  it('gives each question its own answer, in whichever order they come', async () => {
    const asked: Msg[] = [];
    await hear('spec.reverse', (message) => {
      if (asked.push(message) === 500) asked.toReversed().forEach((m) => m.respond(m.data));
    });
    const questions = Array.from({ length: 500 }, (_, i) => `${i}`);
    const answers = await Promise.all(
      questions.map((text) => ask(connection, 'spec.reverse', text, { timeoutMs: LONG_MS })),
    );
    expect(answers.map((answer) => answer.string())).toEqual(questions);
    expect(asked[0]?.reply).toMatch(/^_INBOX_spec\./);
  });

  it('takes the first answer, and an empty one too', async () => {
    await hear('spec.twice', (message) => ['', 'second'].forEach((text) => message.respond(text)));
    const { data } = await ask(connection, 'spec.twice', '', { timeoutMs: LONG_MS });
    expect(data).toHaveLength(0);
  });

  it('says at once that nobody listens', async () => {
    const asking = ask(connection, 'spec.nobody', '', { timeoutMs: LONG_MS });
    await expect(asking).rejects.toMatchObject({
      name: 'NoResponders',
      subject: 'spec.nobody',
    });
  });

  it('takes an answer that came in time while this process was held up', async () => {
    const asking = ask(connection, '$JS.API.INFO', '', { timeoutMs: 500 });
    // Now it is on its way.
    await setImmediate();
    const heldUpUntil = performance.now() + 1_000;
    while (performance.now() < heldUpUntil);
    expect((await asking).string()).toContain('account_info');
  });

  it('says after a while that there is no answer, and takes none then', async () => {
    const asked: Msg[] = [];
    await hear('spec.late', (message) => asked.push(message));
    const asking = ask(connection, 'spec.late', '', { timeoutMs: 50 });
    await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' });
    await eventually(() => asked.length === 1);
    asked[0]?.respond('late');
    const next = ask(connection, 'spec.late', '', { timeoutMs: LONG_MS });
    await eventually(() => asked.length === 2);
    asked[1]?.respond('in time');
    expect((await next).string()).toBe('in time');
  });

  it('does not wait for an answer that can no longer come', async () => {
    await hear('spec.silent', () => undefined);
    const asking = ask(connection, 'spec.silent', '', { timeoutMs: LONG_MS });
    const { answer, forget } = awaitAnswer(connection, LONG_MS);
    await connection.close();
    await expect(asking).rejects.toMatchObject({ name: 'ClosedConnectionError' });
    expect(await answer).toBeInstanceOf(Error);
    forget();
    const after = ask(connection, 'spec.silent', '', { timeoutMs: LONG_MS });
    await expect(after).rejects.toMatchObject({ name: 'ClosedConnectionError' });
  });
});
