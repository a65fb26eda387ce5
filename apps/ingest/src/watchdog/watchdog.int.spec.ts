import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers as newHeaders, type Msg } from '@nats-io/nats-core';
import { allEvents, decisionMade, signalIdOf, signalOverdue } from '@signalbox/contracts';
import { SystemClock } from '@signalbox/kernel';
import { durableOf, JetStreamEventStore, NO_EVENTS, streams } from '@signalbox/messaging';
import type { RunningService } from '@signalbox/service';
import {
  eventually,
  specContext,
  startEmbeddedTestNats,
  type EmbeddedTestNats,
} from '@signalbox/testing';
import { start } from '../main.ts';

const KEY = 'the-key';

describe('the watchdog', () => {
  let nats: EmbeddedTestNats;
  const running: RunningService[] = [];

  beforeAll(async () => {
    nats = await startEmbeddedTestNats();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((edge) => edge.stop()));
  });
  afterAll(() => nats.stop());

  /** The edge in an environment of its own, where the test decides in the router's place. */
  const room = (env: string) => {
    const { connection } = nats;
    const store = new JetStreamEventStore({
      connection,
      env,
      definitions: allEvents,
      clock: new SystemClock(),
      source: 'spec',
    });
    let url = '';
    const call = (path: string, init: RequestInit = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${KEY}` } });
    const metric = async (name: string) => {
      const text = await (await call('/metrics')).text();
      return Number(new RegExp(`^signalbox_${name} (.+)$`, 'm').exec(text)?.[1]);
    };
    return {
      store,
      call,
      metric,
      startEdge: async (settings: Record<string, string> = {}) => {
        const edge = await start({
          SIGNALBOX_NATS_URL: nats.url,
          SIGNALBOX_ENV: env,
          SIGNALBOX_API_KEY: KEY,
          SIGNALBOX_PORT: '0',
          SIGNALBOX_LOG_LEVEL: 'error',
          SIGNALBOX_RATE_LIMITS: 'off',
          ...settings,
        });
        running.push(edge);
        url = edge.url ?? '';
        // From here on it sees what comes.
        await eventually(async () => (await metric('watchdog_up')) === 1);
        return edge;
      },
      send: async (source: string) => {
        const signal = { source, event_type: 'alert', title: 'Disk full' };
        const body = JSON.stringify(signal);
        const answer = await call('/api/webhook', { method: 'POST', body });
        const { signal_id: id } = (await answer.json()) as { signal_id: string };
        return { status: answer.status, headers: answer.headers, id };
      },
      /** As a program does that knows nothing of us; answers with the id that the signal has. */
      publish: async (body: object, headers: Record<string, string> = {}) => {
        const all = newHeaders();
        for (const [name, value] of Object.entries(headers)) all.set(name, value);
        const subject = `signals.${env}.probe.disk.full`;
        const bytes = Buffer.from(JSON.stringify(body));
        const { seq } = await jetstream(connection).publish(subject, bytes, { headers: all });
        const manager = await jetstreamManager(connection);
        const stored = await manager.streams.getMessage(streams.signals, { seq });
        const message = { stream: streams.signals, sequence: seq, subject, headers, bytes };
        return { sequence: seq, id: signalIdOf({ ...message, time: stored!.time }) };
      },
      decide: (id: string) => {
        const decision = decisionMade.of({
          outcome: 'answer',
          by: 'model',
          riskLevel: 'low',
          trace: [],
          message: '',
        });
        return store.append({ aggregate: 'signal', id }, NO_EVENTS, [decision], specContext);
      },
      /** The router's consumer, so that what stands on the stream can be given to it. */
      router: async () => {
        const { consumers } = await jetstreamManager(connection);
        const name = durableOf(env, 'router');
        await consumers.add(streams.signals, {
          durable_name: name,
          ack_policy: 'explicit',
          filter_subject: `signals.${env}.>`,
        });
        return jetstream(connection).consumers.get(streams.signals, name);
      },
      giveUp: async (sequence: number) => {
        const all = newHeaders();
        all.set('signalbox-dead-stream', streams.signals);
        all.set('signalbox-dead-sequence', `${sequence}`);
        await jetstream(connection).publish(`dlq.${env}.router`, '', { headers: all });
      },
    };
  };

  it('SIG-6: sees what is accepted, by whichever way, until it is decided or given up', async () => {
    const { startEdge, send, publish, decide, giveUp, metric, router } = room('sees');
    await startEdge();
    const event = { id: 'e1', source: '/x' };
    const signals = [
      await send('a'),
      await publish({ title: 'plain' }),
      await publish({ specversion: '1.0', ...event, data: {} }),
      await publish({}, { 'ce-specversion': '1.0', 'ce-id': 'e2', 'ce-source': '/x' }),
    ];
    // The same event once more: what is decided for one is decided for both.
    await publish({ specversion: '1.0', ...event, data: {} });
    const dead = await publish({ title: 7 });
    await eventually(async () => (await metric('signals_undecided')) === 6);
    expect(await metric('signals_accepted_total')).toBe(6);
    expect(await metric('signal_oldest_undecided_seconds')).toBeGreaterThan(0);
    const consumer = await router();
    for (let n = 1; n <= 6; n++) await consumer.next();
    for (const { id } of signals) await decide(id);
    await giveUp(dead.sequence);
    await eventually(async () => (await metric('signals_undecided')) === 0);
    expect(await metric('signal_oldest_undecided_seconds')).toBe(0);
    expect(await metric('signals_overdue_total')).toBe(0);
    expect(await metric('dead_letters')).toBe(1);
  });

  it('SIG-6: reads the body of no message that is decided in time', async () => {
    const { startEdge, publish, decide, metric } = room('reads');
    await startEdge();
    const reads: string[] = [];
    const seen = (_: unknown, { subject }: Msg) => void reads.push(subject);
    const [direct, byLeader] = ['DIRECT.GET', 'STREAM.MSG.GET'].map(
      (request) => `$JS.API.${request}.${streams.signals}`,
    ) as [string, string];
    const requests = [direct, byLeader].map((subject) =>
      nats.connection.subscribe(subject, { callback: seen }),
    );
    const ids = [];
    for (let n = 0; n < 10; n++) ids.push((await publish({ title: `${n}` })).id);
    await eventually(async () => (await metric('signals_undecided')) === 10);
    for (const id of ids) await decide(id);
    await eventually(async () => (await metric('signals_undecided')) === 0);
    await Promise.all(requests.map((request) => request.drain()));
    // Those of `publish` here.
    expect(reads).toEqual(ids.map(() => byLeader));
  });

  it('SIG-6: records a signal whose time is up, and goes on to wait for its decision', async () => {
    const { startEdge, send, decide, metric, store } = room('late');
    const settings = { SIGNALBOX_DECISION_SLO_MS: '1000', SIGNALBOX_LOG_LEVEL: 'error' };
    await startEdge(settings);
    const { id } = await send('a');
    const recorded = async () => (await store.read({ aggregate: 'overdue', id })).events;
    await eventually(async () => (await recorded()).length === 1);
    await eventually(async () => (await metric('signals_overdue_total')) === 1);
    const [event] = await recorded();
    expect(event).toMatchObject({
      type: 'signal.overdue',
      data: { signalId: id, subject: 'signals.late.a.alert' },
    });
    const { ageMs } = signalOverdue.schema.parse(event?.data);
    expect(ageMs).toBeGreaterThanOrEqual(1_000);
    await startEdge(settings);
    await eventually(async () => (await metric('signals_overdue_total')) === 1);
    expect(await recorded()).toHaveLength(1);
    await decide(id);
    await eventually(async () => (await metric('signals_undecided')) === 0);
  });

  it('SIG-6: begins behind what the router has settled, and knows what was decided since', async () => {
    const { startEdge, publish, decide, giveUp, metric, router } = room('begins');
    const signals = [];
    for (let n = 0; n < 5; n++) signals.push(await publish({ title: `${n}` }));
    const [, decided, dead] = signals;
    const settled = await (await router()).next();
    expect(await settled?.ackAck()).toBe(true);
    await decide(decided!.id);
    await giveUp(dead!.sequence);
    await startEdge();
    expect(await metric('signals_undecided')).toBe(2);
  });

  it('SIG-6: goes on when NATS was away, having missed nothing', async () => {
    const { startEdge, publish, decide, metric } = room('outage');
    await startEdge();
    const before = await publish({ title: 'before' });
    await eventually(async () => (await metric('signals_undecided')) === 1);
    await nats.server.kill();
    await nats.server.restart();
    await eventually(() =>
      decide(before.id).then(
        () => true,
        () => false,
      ),
    );
    const after = await publish({ title: 'after' });
    await eventually(async () => (await metric('signals_accepted_total')) === 2);
    await eventually(async () => (await metric('signals_undecided')) === 1);
    await decide(after.id);
    await eventually(async () => (await metric('signals_undecided')) === 0);
    await eventually(async () => (await metric('watchdog_up')) === 1);
    expect(await metric('signals_decided_total')).toBe(2);
  });

  it('OPS-2: a source with too many undecided signals is answered 429, the others 202', async () => {
    const { startEdge, send, decide, call, metric } = room('flood');
    await startEdge({ SIGNALBOX_SOURCE_BACKLOG_MAX: '3' });
    const taken = [await send('flood'), await send('flood'), await send('flood')];
    expect(taken.map(({ status }) => status)).toEqual([202, 202, 202]);
    await eventually(async () => (await metric('signals_undecided')) === 3);
    const refused = await call('/api/webhook', {
      method: 'POST',
      body: '{"source":"flood","event_type":"alert","title":"t"}',
    });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toMatch(/^[1-9]$/);
    expect(await refused.json()).toMatchObject({
      type: 'urn:signalbox:problem:source-backlog',
      detail: expect.stringContaining('flood'),
      retry_after_seconds: Number(refused.headers.get('retry-after')),
    });
    expect((await send('calm')).status).toBe(202);
    await decide(taken[0]?.id ?? '');
    await eventually(async () => (await send('flood')).status === 202);
    const text = await (await call('/metrics')).text();
    expect(text).toMatch(/^signalbox_deliveries_total\{answer="202"\} 5$/m);
    expect(text).toMatch(/^signalbox_deliveries_total\{answer="429"\} [1-9]/m);
  });

  it('OBS-1: metrics are for who has the key', async () => {
    const edge = await room('key').startEdge();
    expect((await fetch(`${edge.url}/metrics`)).status).toBe(401);
    const headers = { authorization: 'Bearer another' };
    expect((await fetch(`${edge.url}/metrics`, { headers })).status).toBe(403);
    const answer = await fetch(`${edge.url}/metrics`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain('process_resident_memory_bytes');
  });
});
