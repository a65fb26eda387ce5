import { jetstreamManager } from '@nats-io/jetstream';
import type { RecordedEvent } from '@signalbox/kernel';
import type { RunningService } from '@signalbox/service';
import { eventually } from '@signalbox/testing';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callEdge, KEY, startBench, type Answer, type Bench } from '../ingest.fixture.spec.ts';

const sourcesFile = `sources:
  acme:
    format: generic
    signature: { scheme: github, secrets: ['env:ACME_OLD', 'file:./acme-secret'] }
  billing:
    format: generic
    signature: { scheme: standard-webhooks, secrets: [env:BILLING] }
  monitor:
    signature: { scheme: basic, secrets: [env:MONITOR] }
  plain: { format: generic }
  team-chat:
    signature: { scheme: slack, secrets: [env:SLACK] }
`;

// White space and the order of members are kept only by who takes the bytes as they came.
const body = '{ "title":"Disk full", "event_type":"alert","payload":{"b":1,  "a":2.50}}\n';

const signedBy = (secret: string, text = body) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`,
});

function standardHeaders(id: string, at = new Date()): Record<string, string> {
  const time = String(Math.floor(at.getTime() / 1_000));
  const key = Buffer.from('the secret of billing');
  const signature = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': time,
    'webhook-signature': `v1,${signature}`,
  };
}

function slackHeaders(text: string, secret = 'the secret of slack'): Record<string, string> {
  const time = String(Math.floor(Date.now() / 1_000));
  const digest = createHmac('sha256', secret).update(`v0:${time}:${text}`).digest('hex');
  return { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${digest}` };
}
const asForm = { 'content-type': 'application/x-www-form-urlencoded' };

describe('sources that sign', () => {
  let bench: Bench;
  let folder: string;
  let edge: RunningService;

  beforeAll(async () => {
    bench = await startBench();
    folder = await mkdtemp(join(tmpdir(), 'signalbox-sources-'));
    await writeFile(join(folder, 'acme-secret'), '  new secret\n');
    await writeFile(join(folder, 'sources.yaml'), sourcesFile);
    edge = await bench.another({
      SIGNALBOX_SOURCES: join(folder, 'sources.yaml'),
      ACME_OLD: 'old secret',
      BILLING: `whsec_${Buffer.from('the secret of billing').toString('base64')}`,
      MONITOR: 'user:password',
      SLACK: 'the secret of slack',
    });
  });
  afterAll(async () => {
    await bench.stop();
    await rm(folder, { recursive: true });
  });

  const post = (
    path: string,
    headers: Record<string, string> = {},
    sent: unknown = body,
  ): Promise<Answer> =>
    callEdge(`${edge.url}/api/webhook${path}`, {
      method: 'POST',
      body: sent,
      headers: { 'x-stourio-key': undefined, ...headers },
    });

  const signalOf = async ({ body: { signal_id: id } }: Answer) =>
    (await bench.signals()).find((signal) => signal.id === id);

  const refusals = async (): Promise<readonly RecordedEvent[]> => {
    const manager = await jetstreamManager(bench.connection);
    const found = await manager.streams.info('AUDIT', { subjects_filter: 'audit.*.delivery.*' });
    const ids = Object.keys(found.state.subjects ?? {}).map((subject) => subject.split('.')[3]);
    const histories = ids.map((id) => bench.store.read({ aggregate: 'delivery', id: id ?? '' }));
    return (await Promise.all(histories)).flatMap(({ events }) => events);
  };

  it('SIG-3: a signed request needs no API key, and its signal says that it was signed', async () => {
    for (const secret of ['old secret', 'new secret']) {
      const answer = await post('/acme', signedBy(secret));
      expect(answer.status).toBe(202);
      expect(await signalOf(answer)).toMatchObject({ source: 'acme', signature: 'valid' });
    }
    const credentials = Buffer.from('user:password').toString('base64');
    const basic = await post('/monitor', { authorization: `Basic ${credentials}` });
    expect(await signalOf(basic)).toMatchObject({ source: 'monitor', signature: 'valid' });
  });

  it('SIG-3: one that is not is answered 401 with the header, and leaves an event', async () => {
    const key = { 'x-stourio-key': KEY };
    const before = (await bench.signals()).length;
    const wrong = signedBy('another secret');
    for (const [headers, problem] of [
      [{}, 'is missing'],
      [key, 'is missing'],
      [wrong, 'matches no secret of this source'],
      [{ ...wrong, ...key }, 'matches no secret of this source'],
    ] as const) {
      const { status, headers: answered, body: refused } = await post('/acme', headers);
      expect(status).toBe(401);
      expect(answered.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(refused).toMatchObject({
        type: 'urn:signalbox:problem:signature-refused',
        status: 401,
        errors: [{ field: 'X-Hub-Signature-256', problem }],
      });
    }
    expect((await post('/acme', signedBy('old secret'), `${body} `)).status).toBe(401);
    expect(await bench.signals()).toHaveLength(before);
    const events = await eventually(async () => {
      const found = await refusals();
      return found.length >= 5 && found;
    });
    expect(events[0]).toMatchObject({
      type: 'delivery.refused',
      data: {
        source: 'acme',
        scheme: 'github',
        reason: 'X-Hub-Signature-256 is missing.',
        bytes: body.length,
        remoteAddress: '127.0.0.1',
        unrecorded: 0,
      },
      record: { actor: 'service:ingest' },
    });
  });

  it('SIG-3: nobody speaks for it without its signature, on whatever path', async () => {
    const key = { 'x-stourio-key': KEY };
    const claim = (source: string) => ({ source, event_type: 'a', title: 't' });
    const before = (await bench.signals()).length;
    for (const name of ['acme', 'Acme', ' ACME ']) {
      const { status, body: refused } = await post('', key, claim(name));
      expect(status).toBe(401);
      expect(refused).toMatchObject({ errors: [{ field: 'X-Hub-Signature-256' }] });
    }
    const encoded = await post('/%41cme', key, claim('acme'));
    expect(encoded.status).toBe(401);
    expect(await bench.signals()).toHaveLength(before);
    // Others go on sending with the key.
    expect((await post('', key, claim('datadog'))).status).toBe(202);
    expect((await post('/plain', key, claim('datadog'))).status).toBe(202);
    expect((await post('/plain', {}, claim('datadog'))).status).toBe(401);
  });

  it('SIG-3: a body cannot take the signature of its source for another', async () => {
    const claim = JSON.stringify({ source: 'billing', event_type: 'a', title: 't' });
    const answer = await post('/acme', signedBy('old secret', claim), claim);
    expect(answer.status).toBe(202);
    expect(await signalOf(answer)).toMatchObject({ source: 'acme' });
  });

  it('SIG-4: the id of a signed webhook is its idempotency key', async () => {
    const before = (await bench.signals()).length;
    const first = await post('/billing', standardHeaders('msg_1'));
    // Sent again it has another time, and so another signature.
    const again = await post('/billing', standardHeaders('msg_1', new Date(Date.now() - 9_000)));
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body['signal_id']).toBe(first.body['signal_id']);
    const other = await post('/billing', standardHeaders('msg_2'));
    expect(other.body['signal_id']).not.toBe(first.body['signal_id']);
    const delivery = { ...signedBy('old secret'), 'x-github-delivery': '72d3162e' };
    const [one, two] = [await post('/acme', delivery), await post('/acme', delivery)];
    expect(two.body['signal_id']).toBe(one.body['signal_id']);
    expect(await bench.signals()).toHaveLength(before + 3);
    const long = await post('/acme', { ...delivery, 'x-github-delivery': 'x'.repeat(201) });
    expect(long).toMatchObject({ status: 422, body: { errors: [{ field: 'X-GitHub-Delivery' }] } });
  });

  it('SIG-4: a key beside what was overheard makes no other delivery of it', async () => {
    const before = (await bench.signals()).length;
    for (const [path, headers] of [
      ['/billing', standardHeaders('msg_overheard')],
      ['/acme', { ...signedBy('old secret'), 'x-github-delivery': 'overheard' }],
    ] as const) {
      const first = await post(path, headers);
      for (const key of ['one', 'two', '']) {
        const again = await post(path, { ...headers, 'idempotency-key': key });
        expect(again).toMatchObject({ status: 202, body: first.body });
      }
    }
    expect(await bench.signals()).toHaveLength(before + 2);
  });

  it('SIG-3: Slack is answered its challenge, if it has signed it, and no signal comes of it', async () => {
    const challenge = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P';
    const asked = JSON.stringify({ token: 't', challenge, type: 'url_verification' });
    const before = (await bench.signals()).length;
    expect(await post('/team-chat', slackHeaders(asked), asked)).toMatchObject({
      status: 200,
      body: { challenge },
    });
    const forged = await post('/team-chat', slackHeaders(asked, 'another secret'), asked);
    expect(forged.status).toBe(401);
    expect(forged.body).not.toHaveProperty('challenge');
    expect(await bench.signals()).toHaveLength(before);
    // To anybody else it is a body like any other.
    const other = await post('/plain', { 'x-stourio-key': KEY }, asked);
    expect(other.body).not.toHaveProperty('challenge');
  });

  it('SIG-3: a slash command of Slack is a signal, signed over the form as it came', async () => {
    const form =
      'token=t&command=%2Fops&text=restart+checkout&user_name=ada&trigger_id=13345224609.7';
    const { status, body: answer } = await post(
      '/team-chat',
      { ...asForm, ...slackHeaders(form) },
      form,
    );
    // Slack shows whoever typed it the text of an answer with 200, and an error of any other.
    expect(status).toBe(200);
    expect(answer).toMatchObject({ status: 'queued', text: 'Signal accepted for correlation.' });
    const signal = (await bench.signals()).find(({ id }) => id === answer['signal_id']);
    expect(signal).toMatchObject({
      source: 'team-chat',
      type: 'slash_command',
      title: '/ops restart checkout',
      signature: 'valid',
      labels: { user: 'ada' },
    });
    const changed = form.replace('checkout', 'billing');
    expect((await post('/team-chat', { ...asForm, ...slackHeaders(form) }, changed)).status).toBe(
      401,
    );
  });

  it('SIG-3: any other form of Slack is refused with the reason', async () => {
    const form = 'payload=%7B%22type%22%3A%22block_actions%22%7D';
    const refused = await post('/team-chat', { ...asForm, ...slackHeaders(form) }, form);
    expect(refused).toMatchObject({
      status: 415,
      body: { type: 'urn:signalbox:problem:form-unsupported' },
    });
    expect(refused.body['detail']).toMatch(/slash command/);
  });

  it('SIG-3: an old request is not taken again', async () => {
    const old = standardHeaders('msg_old', new Date(Date.now() - 301_000));
    const { status, body: refused } = await post('/billing', old);
    expect(status).toBe(401);
    expect(refused).toMatchObject({ errors: [{ field: 'webhook-timestamp' }] });
  });

  it('SIG-3: is answered 401 at once while NATS is down', async () => {
    await bench.nats.kill();
    try {
      const tookMs = [];
      // The machine may hold one of them up.
      for (let times = 0; times < 3; times++) {
        const began = performance.now();
        expect((await post('/acme')).status).toBe(401);
        tookMs.push(performance.now() - began);
      }
      expect(Math.min(...tookMs)).toBeLessThan(5_000);
    } finally {
      await bench.nats.restart();
    }
  });

  it('SIG-3: does not start while a secret is missing', async () => {
    const settings = { SIGNALBOX_SOURCES: join(folder, 'sources.yaml'), ACME_OLD: 'old secret' };
    await expect(bench.another(settings)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(
        /sources\.yaml:7: sources\.billing\.signature\.secrets\.0: the variable BILLING is not set/,
      ),
    });
  });
});
