import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { streams } from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { Platform } from '../platform.ts';
import { chosenSeed, randomFrom } from '../random.ts';
import { effectsOf, isEnd, slowCheckout, type Event } from '../stories.ts';

const KILLS = 50;
const SIGNALS = 20;
const KILL_PAUSE_MAX_MS = 1_200;
const END_MAX_MS = 240_000;

const apps = [
  'projector',
  'tool-gateway',
  'approval',
  'automation',
  'agent-runner',
  'router',
  'ingest',
];

describe('kill -9 of any service at any point', () => {
  const seed = chosenSeed(process.env);
  const random = randomFrom(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  let platform: Platform;
  const approvers = new AbortController();
  const kills: string[] = [];

  beforeAll(async () => {
    console.log(`seed ${seed}`);
    platform = await Platform.start({
      args: ['--no-sample', '--processes'],
      env: { SIGNALBOX_APPROVAL_TTL_SECONDS: '600' },
    });
  });
  afterAll(async () => {
    approvers.abort();
    await platform.stopAndForget();
  });

  /** Tries until the edge, which is killed too, has answered. */
  const stubborn = async <T>(ask: () => Promise<{ status: number; body: T }>): Promise<T> => {
    for (;;) {
      const answer = await ask().catch(() => undefined);
      if (answer && answer.status < 300) return answer.body;
      await delay(100);
    }
  };

  const send = async (number: number): Promise<string> => {
    const body = slowCheckout(`Checkout p99 latency above 2 s, case ${number}`);
    const headers = { 'idempotency-key': `${seed}-${number}` };
    const sent = await stubborn(() =>
      platform.post<{ signal_id: string }>('/api/webhook', body, headers),
    );
    return sent.signal_id;
  };

  const approveAll = async () => {
    while (!approvers.signal.aborted) {
      const listed = await platform.get<{ id: string }[]>('/api/approvals').catch(() => undefined);
      const waiting = listed?.status === 200 ? listed.body : [];
      for (const { id } of waiting)
        await platform.post(`/api/approvals/${id}`, { approved: true }).catch(() => undefined);
      await delay(200);
    }
  };

  const killThem = async () => {
    while (kills.length < KILLS) {
      await delay(random() * KILL_PAUSE_MAX_MS);
      const app = pick(apps);
      if (await platform.killApp(app)) kills.push(app);
    }
  };

  const storyOf = (signalId: string) =>
    stubborn(() => platform.get<{ events: Event[] }>(`/api/why/${signalId}`)).then((s) => s.events);

  it('AGT-2, GTW-6: every run ends, and each effect happened at most once or is parked', async () => {
    const approving = approveAll();
    const killing = killThem();
    const signalIds: string[] = [];
    for (let n = 0; n < SIGNALS; n++) {
      signalIds.push(await send(n));
      await delay(random() * 2 * KILL_PAUSE_MAX_MS);
    }
    await killing;

    const stories = new Map<string, Event[]>();
    await eventually(
      async () => {
        for (const id of signalIds) stories.set(id, await storyOf(id));
        return [...stories.values()].every((events) => events.some(isEnd));
      },
      END_MAX_MS,
      `an end of every run (seed ${seed})`,
    );
    approvers.abort();
    await approving;

    const effects = await effectsOf(platform);
    const count = (callId: string) => effects.filter((effect) => effect === callId).length;
    const unknown: string[] = [];
    for (const events of stories.values()) {
      expect(events.filter(({ type }) => type === 'decision.made')).toHaveLength(1);
      expect(events.filter(isEnd)).toHaveLength(1);
      const claims = events.filter(({ type }) => type === 'toolcall.claimed');
      expect(new Set(claims.map((c) => c.aggregate_id)).size).toBe(claims.length);
      for (const { aggregate_id: callId, data } of claims) {
        if ((data['invocation'] as { tool: string }).tool !== 'execute_remediation') continue;
        const outcomes = events.filter(
          (e) => e.aggregate_id === callId && e.type !== 'toolcall.claimed',
        );
        expect(outcomes).toHaveLength(1);
        const outcome = outcomes[0]?.type;
        expect(count(callId)).toBeLessThanOrEqual(1);
        expect(count(callId)).toBeGreaterThanOrEqual(outcome === 'toolcall.succeeded' ? 1 : 0);
        if (outcome === 'toolcall.unknown') unknown.push(callId);
      }
    }
    const { body } = await platform.get<{ call_id: string }[]>('/api/tool-calls?status=unknown');
    expect(body.map((call) => call.call_id).toSorted()).toEqual(unknown.toSorted());
    console.log(`seed ${seed}: ${kills.length} kills, ${unknown.length} calls parked as unknown`);
  });

  it('SIG-6: nothing is left in the work queue, and nothing became a dead letter', async () => {
    const connection = await connect(await platform.natsAsService());
    try {
      const manager = await jetstreamManager(connection);
      const left = async (stream: string) => (await manager.streams.info(stream)).state.messages;
      await eventually(
        async () => (await left(streams.commands)) === 0,
        END_MAX_MS,
        'an empty queue',
      );
      expect(await left(streams.deadLetters)).toBe(0);
    } finally {
      await connection.close();
    }
  });
});
