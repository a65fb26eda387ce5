import { startApiStandIn, type ApiStandIn, type Routes } from '../api-stand-in.fixture.spec.ts';

const letter = (sequence: number) => ({
  sequence,
  dead_at: '2026-11-21T05:04:12.000Z',
  service: 'router',
  code: 'malformed_json',
  reason: 'signal: the body is not JSON:\u001b[2J oh',
  deliveries: 1,
  subject: 'signals.default.sensor.alert',
  stream: 'SIGNALS',
  original_sequence: 42,
  stored_at: '2026-11-21T05:04:11.000Z',
  bytes: 20,
});
const detail = {
  ...letter(7),
  headers: { 'ce-id': 'e1' },
  body: '{"a":{"b":"x\\u001b[2J"}}',
  body_encoding: 'utf-8',
};
const gone = [404, { type: 'urn:x:dead-letter-not-found', detail: 'There is none.' }] as const;
const put = (sequence: number) =>
  [200, { status: 'redriven', sequence, subject: 'signals.default.sensor.alert' }] as const;

describe('signalbox dlq', () => {
  let api: ApiStandIn;
  beforeAll(async () => {
    api = await startApiStandIn();
  });
  afterAll(() => api.stop());

  const run = (words: string, routes: Routes = {}, columns?: number) =>
    api.run(['dlq', ...words.split(' ')], routes, columns);

  it('CLI-1: list has two lines for each, in which nothing moves the cursor', async () => {
    const letters = { 'GET /api/dlq?limit=20': [200, [letter(12), letter(7)]] } as const;
    const { code, out } = await run('list', letters);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      '12  2026-11-21 05:04 UTC  router  signals.default.sensor.alert',
      '    malformed_json: signal: the body is not JSON:\\u001b[2J oh',
      ' 7  2026-11-21 05:04 UTC  router  signals.default.sensor.alert',
      '    malformed_json: signal: the body is not JSON:\\u001b[2J oh',
      'signalbox dlq show <sequence>, or signalbox dlq redrive <sequence>',
    ]);
    const narrow = await run('list', letters, 40);
    expect(
      Math.max(
        ...narrow.out
          .split('\n')
          .slice(0, 4)
          .map((line) => line.length),
      ),
    ).toBe(40);
    const json = await run('list --json', letters);
    expect(JSON.parse(json.out)).toEqual([letter(12), letter(7)]);
  });

  it('CLI-1: list says that there are none, and reads as many pages as are asked for', async () => {
    expect((await run('list', { 'GET /api/dlq?limit=20': [200, []] })).out).toBe(
      'There are no dead letters.',
    );
    const page = (last: number) => Array.from({ length: 100 }, (_, n) => letter(last + 99 - n));
    const { out } = await run('list --limit 150 --json', {
      'GET /api/dlq?limit=100': [200, page(201)],
      'GET /api/dlq?limit=50&cursor=201': [200, [letter(3)]],
    });
    expect(JSON.parse(out)).toHaveLength(101);
  });

  it('CLI-1: show has it whole, JSON made readable, control characters visible', async () => {
    const { code, out } = await run('show 7', { 'GET /api/dlq/7': [200, detail] });
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'dead letter 7',
      'because    malformed_json: signal: the body is not JSON:\\u001b[2J oh',
      'given up   2026-11-21 05:04 UTC, by router after 1 delivery',
      'subject    signals.default.sensor.alert',
      'place      SIGNALS 42, 2026-11-21 05:04 UTC',
      'header     ce-id: e1',
      'body       20 bytes',
      '{',
      '  "a": {',
      '    "b": "x\\u001b[2J"',
      '  }',
      '}',
    ]);
    const raw = { ...detail, body: 'a\u001b[2J\nb' };
    expect((await run('show 7', { 'GET /api/dlq/7': [200, raw] })).out).toMatch(/a\\u001b\[2J\nb$/);
  });

  it('CLI-1: redrive puts back what is named', async () => {
    const { code, out } = await run('redrive 7 12', {
      'POST /api/dlq/7/redrive': put(7),
      'POST /api/dlq/12/redrive': put(12),
    });
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'redriven 7  signals.default.sensor.alert',
      'redriven 12  signals.default.sensor.alert',
    ]);
  });

  it('CLI-1: redrive --all puts back all there are now, the oldest first', async () => {
    const { code, out } = await run('redrive --all --json', {
      'GET /api/dlq?limit=100': [200, [letter(12), letter(9), letter(7)]],
      'POST /api/dlq/7/redrive': put(7),
      'POST /api/dlq/9/redrive': gone,
      'POST /api/dlq/12/redrive': put(12),
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject([{ sequence: 7 }, { sequence: 12 }]);
    const none = await run('redrive --all', { 'GET /api/dlq?limit=100': [200, []] });
    expect(none.out).toBe('There are no dead letters.');
  });

  it('CLI-1: redrive tells what it put back before one that it cannot', async () => {
    const letters = { 'POST /api/dlq/7/redrive': put(7), 'POST /api/dlq/9/redrive': gone };
    const { code, out, err } = await run('redrive 7 9 12 --json', letters);
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject([{ sequence: 7 }]);
    expect(err).toContain('There is none.');
    const plain = await run('redrive 7 9 12', letters);
    expect(plain).toMatchObject({ code: 4, out: 'redriven 7  signals.default.sensor.alert' });
  });

  it.each([
    ['nothing named', 'redrive', 2, 'Name dead letters'],
    ['both named and all', 'redrive 7 --all', 2, 'Name dead letters'],
    ['what is no number', 'show x', 2, 'It is not a whole number'],
    ['a limit of none', 'list --limit 0', 2, 'It is not a whole number'],
    ['one that is gone', 'show 9', 4, 'There is none.'],
    ['one that is gone', 'redrive 9', 4, 'There is none.'],
  ])('CLI-1: says in a line what is wrong with %s', async (_what, words, code, line) => {
    const letters = { 'GET /api/dlq/9': gone, 'POST /api/dlq/9/redrive': gone };
    const result = await run(words, letters);
    expect(result.code).toBe(code);
    expect(result.out).toBe('');
    expect(result.err).toContain(line);
  });
});
