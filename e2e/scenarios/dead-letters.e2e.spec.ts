import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { eventually } from '@signalbox/testing';
import { Platform } from '../platform.ts';
import { signalbox } from '../signalbox.ts';

describe('dead letters', () => {
  let platform: Platform;

  beforeAll(async () => {
    platform = await Platform.start({ args: ['--no-sample'] });
    const connection = await connect({ servers: (await platform.endpoints()).nats });
    await jetstream(connection).publish('signals.default.sensor.alert', '{"title": ');
    await connection.close();
    await eventually(async () => (await dlq('list')).output.includes('sensor'));
  });
  afterAll(() => platform.stopAndForget());

  const dlq = (...args: string[]) => signalbox(['dlq', ...args], platform.clientEnv);

  it('CLI-1, SIG-6: are listed and shown, with the reason and the body', async () => {
    const { code, output } = await dlq('list');
    expect(code).toBe(0);
    expect(output).toMatch(/^1 .* router +signals\.default\.sensor\.alert\n +malformed_json: /);
    const shown = await dlq('show', '1');
    expect(shown.output).toContain('{"title": ');
    const status = await signalbox(['status'], platform.clientEnv);
    expect(status.output).toMatch(/dead letters +1;/);
  });

  it('CLI-1, SIG-6: are put back, on the record, and die again while nothing is mended', async () => {
    const { code, output } = await dlq('redrive', '1');
    expect(output).toContain('redriven 1  signals.default.sensor.alert');
    expect(code).toBe(0);
    await eventually(async () => (await dlq('list')).output.startsWith('2 '));
    expect((await dlq('redrive', '1')).code).toBe(4);
    const audit = await eventually(async () => {
      const found = await platform.get<{ actor: string; data: object }[]>(
        '/api/audit?type=dead_letter.redriven',
      );
      return found.body.length > 0 && found.body;
    });
    expect(audit).toMatchObject([
      { actor: 'person:operator', data: { sequence: 1, code: 'malformed_json' } },
    ]);
  });
});
