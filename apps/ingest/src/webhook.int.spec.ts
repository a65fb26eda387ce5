import { ULID_PATTERN } from '@signalbox/kernel';
import { callEdge, KEY, startBench, type Bench } from './ingest.fixture.spec.ts';

const documented = {
  source: 'datadog',
  event_type: 'alert',
  title: 'High CPU on web-server-03',
  severity: 'critical',
  payload: { host: 'web-server-03', cpu_percent: 97.3, duration_minutes: 5 },
};

const alert = (name: string, startsAt: string) => ({
  status: 'firing',
  labels: { alertname: name, severity: 'critical' },
  annotations: { summary: `${name} fires` },
  startsAt,
  fingerprint: `f-${name}`,
});

describe('POST /api/webhook', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await startBench();
  });
  afterAll(() => bench.stop());

  const post = (body: unknown, path = '/api/webhook', headers = {}) =>
    bench.call(path, { method: 'POST', body, headers });

  it('SIG-1: answers 202 as the contract says, and the signal is on the stream', async () => {
    const { status, body } = await post(documented);
    expect(status).toBe(202);
    expect(body).toEqual({
      status: 'queued',
      message: 'Signal accepted for correlation.',
      signal_id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
    });
    const stored = (await bench.signals()).find(({ id }) => id === body['signal_id']);
    expect(stored).toMatchObject({ source: 'datadog', type: 'alert', payload: documented.payload });
  });

  it('SIG-2: takes a CloudEvent in binary mode that has no data', async () => {
    const event = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/s', 'ce-type': 't.done' };
    const { status, body } = await post(undefined, '/api/webhook/ci', event);
    expect(status).toBe(202);
    const stored = (await bench.signals()).find(({ id }) => id === body['signal_id']);
    expect(stored).toMatchObject({ source: 'ci', type: 't.done' });
  });

  it('SIG-4: a CloudEvent that reports on a problem is stored once, however it comes again', async () => {
    const event = {
      specversion: '1.0',
      id: 'again',
      source: '/probe',
      type: 'disk.full',
      time: '2026-11-21T05:00:00Z',
      data: { title: 'Disk full', fingerprint: 'db-1 disk' },
    };
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    const before = (await bench.signals()).length;
    const first = await post(event, '/api/webhook/probe');
    const second = await post(event, '/api/webhook/probe');
    const other = { ...event, id: 'another' };
    const third = await post([event, other, event], '/api/webhook/probe', batch);
    expect([first, second, third].map(({ status }) => status)).toEqual([202, 202, 202]);
    const id = first.body['signal_id'];
    expect(second.body['signal_id']).toBe(id);
    expect(third.body['signal_ids']).toEqual([id, expect.not.stringMatching(String(id)), id]);
    expect(await bench.signals()).toHaveLength(before + 2);
  });

  it('SIG-4: a repeat with the same Idempotency-Key is the same signal, stored once', async () => {
    const before = (await bench.signals()).length;
    const key = { 'idempotency-key': 'delivery 7' };
    const answers = await Promise.all([
      post(documented, '/api/webhook', key),
      post(documented, '/api/webhook', key),
    ]);
    answers.push(await post(documented, '/api/webhook', key));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(new Set(answers.map(({ body }) => body['signal_id'])).size).toBe(1);
    expect(await bench.signals()).toHaveLength(before + 1);
  });

  it('SIG-4: refuses an Idempotency-Key that was used for another body, and takes nothing', async () => {
    const key = { 'idempotency-key': 'delivery 8' };
    expect((await post(documented, '/api/webhook', key)).status).toBe(202);
    const before = (await bench.signals()).length;
    const alerts = ['K', 'L'].map((name) => alert(name, '2026-11-21T05:00:00Z'));
    for (const other of [
      { ...documented, title: 'Another' },
      { version: '4', alerts },
    ]) {
      const { status, body } = await post(other, '/api/webhook', key);
      expect(status).toBe(422);
      expect(body).toMatchObject({
        type: 'urn:signalbox:problem:idempotency-key-reused',
        errors: [{ field: 'Idempotency-Key' }],
      });
    }
    expect(await bench.signals()).toHaveLength(before);
  });

  it('SIG-4: repeats of a whole group under one Idempotency-Key are stored once', async () => {
    const key = { 'idempotency-key': 'delivery 9' };
    const before = (await bench.signals()).length;
    const alerts = ['M', 'N', 'O'].map((name) => alert(name, '2026-11-21T05:00:00Z'));
    const sent = { version: '4', alerts };
    const first = await post(sent, '/api/webhook', key);
    expect(await post(sent, '/api/webhook', key)).toMatchObject({ status: 202, body: first.body });
    expect(await bench.signals()).toHaveLength(before + 3);
  });

  it('SIG-1: says that it takes no compressed body', async () => {
    const gzip = { 'content-encoding': 'gzip' };
    const { status, body } = await post(documented, '/api/webhook', gzip);
    expect(status).toBe(415);
    expect(body['detail']).toMatch(/gzip/);
  });

  it('SIG-2: an alert with no start time is a signal that can be decided', async () => {
    const { status, body } = await post({
      version: '4',
      alerts: [alert('Z', '0001-01-01T00:00:00Z')],
    });
    expect(status).toBe(202);
    expect(body['signal_id']).toMatch(ULID_PATTERN);
  });

  it('SIG-2: an Alertmanager body without alerts is refused as one', async () => {
    const { status, body } = await post({ version: '4', alerts: null });
    expect(status).toBe(422);
    expect(body['errors']).toMatchObject([{ field: 'alerts' }]);
  });

  it('SIG-2: an Alertmanager body is one signal per alert, repeats included', async () => {
    const before = (await bench.signals()).length;
    const [a, b, c] = ['A', 'B', 'C'].map((name) => alert(name, '2026-11-21T05:00:00Z'));
    const first = await post({ version: '4', alerts: [a, b] });
    expect(first.status).toBe(202);
    expect(first.body['signal_ids']).toHaveLength(2);
    // Alertmanager sends the whole group again when one joins it.
    const second = await post({ version: '4', alerts: [a, b, c] }, '/api/webhook/alertmanager');
    expect(second.status).toBe(202);
    const ids = second.body['signal_ids'] as string[];
    expect(ids.slice(0, 2)).toEqual(first.body['signal_ids']);
    // Each report is kept, to be counted; those on one fact have one id, which is decided once.
    const stored = (await bench.signals()).slice(before).map(({ id }) => id);
    expect(stored).toHaveLength(5);
    expect(new Set(stored)).toEqual(new Set(ids));
  });

  it('takes a thousand alerts at once, and many requests at once', async () => {
    const before = (await bench.signals()).length;
    const alerts = Array.from({ length: 1000 }, (_, i) => alert(`m${i}`, '2026-11-21T05:00:00Z'));
    const answers = await Promise.all([
      post({ version: '4', alerts }),
      ...Array.from({ length: 100 }, () => post(documented)),
    ]);
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(await bench.signals()).toHaveLength(before + 1100);
  });

  it('refuses a group with one wrong alert as a whole', async () => {
    const before = (await bench.signals()).length;
    const alerts = [alert('D', '2026-11-21T05:00:00Z'), alert('E', 'yesterday')];
    const { status, body } = await post({ version: '4', alerts });
    expect(status).toBe(422);
    expect(body['errors']).toMatchObject([{ field: 'alerts.1.startsAt' }]);
    expect(await bench.signals()).toHaveLength(before);
  });

  it.each([
    ['malformed JSON', '{"source":', 400, []],
    ['an empty body', '', 400, []],
    ['a missing title', { ...documented, title: undefined }, 422, ['title']],
    ['a source that is a number', { ...documented, source: 7 }, 422, ['source']],
    ['two wrong fields', { ...documented, source: 7, title: 8 }, 422, ['source', 'title']],
    ['a payload that is text', { ...documented, payload: 'x' }, 422, ['payload']],
    [
      'too large a payload',
      { ...documented, payload: { a: 'x'.repeat(70_000) } },
      413,
      ['payload'],
    ],
    ['too large a body', 'x'.repeat(1_100_000), 413, ['']],
  ])('SIG-1: answers %s with a problem that names the field', async (_name, sent, code, fields) => {
    const { status, headers, body } = await post(sent);
    expect(status).toBe(code);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({
      type: expect.stringMatching(/^urn:signalbox:problem:/),
      title: expect.any(String),
      status: code,
      detail: expect.any(String),
    });
    expect((body['errors'] as { field: string }[]).map(({ field }) => field)).toEqual(fields);
  });

  it('takes JSON under any content type, as Amazon SNS and curl send it', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/foo']) {
      const answer = await post(documented, '/api/webhook', { 'content-type': type });
      expect(answer.status).toBe(202);
    }
  });

  it('OPS-1: asks for a key before it looks at the body', async () => {
    const nothing = await post('{', '/api/webhook', { 'x-stourio-key': undefined });
    expect(nothing.status).toBe(401);
    expect(nothing.body).toMatchObject({ errors: [{ field: 'X-STOURIO-KEY' }] });
    const wrong = await post('{', '/api/webhook', { 'x-stourio-key': 'another' });
    expect(wrong.status).toBe(403);
    const bearer = { 'x-stourio-key': undefined, authorization: `Bearer ${KEY}` };
    expect((await post(documented, '/api/webhook', bearer)).status).toBe(202);
  });

  it('OPS-2: answers 503 while no key is configured', async () => {
    const edge = await bench.another({ SIGNALBOX_API_KEY: '' });
    const answer = await callEdge(`${edge.url}/api/webhook`, { method: 'POST', body: documented });
    expect(answer.status).toBe(503);
    expect((await callEdge(`${edge.url}/livez`)).status).toBe(200);
  });

  it('SIG-1: accepts signals while Postgres is down', async () => {
    await bench.postgres.stop();
    try {
      expect((await post(documented)).status).toBe(202);
    } finally {
      await bench.postgres.restart();
    }
  });

  it('SIG-1: answers 503 while NATS is down, and 202 again after', async () => {
    await bench.nats.kill();
    try {
      const { status, body } = await post(documented);
      expect(status).toBe(503);
      expect(body['detail']).toMatch(/could not be stored/);
    } finally {
      await bench.nats.restart();
    }
    let status = 0;
    for (let tries = 0; tries < 20 && status !== 202; tries++) {
      status = (await post(documented)).status;
    }
    expect(status).toBe(202);
  });
});
