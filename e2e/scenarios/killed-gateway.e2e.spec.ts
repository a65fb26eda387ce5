import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  allEvents,
  approvalGranted,
  approvalRequested,
  invokeTool,
  type ApprovalAction,
  type ToolInvocation,
} from '@signalbox/contracts';
import { startNatsServer } from '@signalbox/embedded';
import { digestOf, newId, SystemClock, type DomainEvent } from '@signalbox/kernel';
import {
  JetStreamCommandBus,
  JetStreamEventStore,
  NO_EVENTS,
  provision,
} from '@signalbox/messaging';
import { eventually } from '@signalbox/testing';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Canaried } from '../canaries/canaried.ts';
import { Member } from '../fleet/member.ts';
import { writeGatewayFiles } from '../outside/gateway-files.ts';
import { chosenSeed, randomFrom } from '../random.ts';

/** Between the effect of a call and its outcome; those at other moments do not count. */
const KILLS = Number(process.env['SIGNALBOX_GATEWAY_KILLS'] ?? 5);
const ENVIRONMENT = 'default';
/** Of the program after its effect: 150 ms; a little more, so that outcomes are hit as well. */
const AFTER_EFFECT_MAX_MS = 190;
/** From the command on: before the claim, between claim and effect, or later. */
const AFTER_COMMAND_MAX_MS = 300;
const AFTER_COMMAND_SHARE = 0.2;
/** Longer than a gateway's death takes to be noticed (30 s), on a slow machine too. */
const STEP_MAX_MS = 180_000;
const LIMIT_MS = 300_000 + KILLS * 20_000;
const FAR = '2099-01-01T00:00:00Z';

describe('a gateway that is killed around an effect', () => {
  const seed = chosenSeed(process.env);
  const random = randomFrom(seed);
  const bed = new AsyncDisposableStack();
  let connection: NatsConnection;
  let store: JetStreamEventStore;
  let bus: JetStreamCommandBus;
  let gateway: Member;
  let effectsFile: string;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-kills-'));
    bed.defer(() => rm(folder, { recursive: true, force: true }));
    effectsFile = join(folder, 'effects.txt');
    const nats = await startNatsServer({ storeDir: join(folder, 'nats') });
    bed.defer(() => nats.stop());
    connection = await connect({ servers: nats.url });
    bed.defer(() => connection.close());
    await provision(connection, { replicas: 1 });
    const shared = { connection, env: ENVIRONMENT, clock: new SystemClock(), source: 'spec' };
    store = new JetStreamEventStore({ ...shared, definitions: allEvents });
    bus = new JetStreamCommandBus(shared);
    const files = { folder, counterUrl: 'http://127.0.0.1:9', effectsFile };
    const { PATH = '', HOME = '' } = process.env;
    const settings = {
      PATH,
      HOME,
      SIGNALBOX_HOME: folder,
      SIGNALBOX_ENV: ENVIRONMENT,
      SIGNALBOX_NATS_URL: nats.url,
      SIGNALBOX_GATEWAY_CONFIG: await writeGatewayFiles(files),
    };
    const canaried = await Canaried.of(folder, settings);
    canaried.listen(connection);
    bed.defer(() => canaried.concludeOn(connection));
    const env = canaried.envWith(settings);
    gateway = new Member({ name: 'tool-gateway', env, logFile: join(folder, 'gateway.log') });
    bed.defer(() => gateway.stop());
  });
  afterAll(() => bed.disposeAsync());

  const context = () => {
    const id = newId();
    return { correlationId: id, causationId: id, actor: 'agent:spec', epoch: 0 } as const;
  };
  const append = (aggregate: string, id: string, ...events: DomainEvent[]) =>
    store.append({ aggregate, id }, NO_EVENTS, events, context());

  const effects = async () => {
    const text = await readFile(effectsFile, 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  };
  const eventsOf = async (callId: string) =>
    (await store.read({ aggregate: 'toolcall', id: callId }, { fresh: true })).events;
  const typesOf = async (callId: string) => (await eventsOf(callId)).map(({ type }) => type);

  /** A remediation that a person has agreed to, and that no run waits for. */
  const begin = async (definitionDigest: string): Promise<string> => {
    const [callId, approvalId] = [newId(), newId()];
    const use = { tool: 'execute_remediation', arguments: { command: 'count', target: 'x' } };
    const action: ApprovalAction = { kind: 'tool', callId, ...use, definitionDigest };
    const actionDigest = digestOf(action);
    const requested = approvalRequested.of({
      approvalId,
      executionId: callId,
      signalId: newId(),
      action,
      description: 'Count',
      riskLevel: 'high',
      replyTo: 'agent-runner',
      actionDigest,
      expiresAt: FAR,
    });
    const granted = approvalGranted.of({ by: 'person:ops', actionDigest });
    await append('approval', approvalId, requested, granted);
    const rest = { callId, executionId: callId, definitionDigest, approvalId };
    const invocation: ToolInvocation = { ...use, ...rest, caller: 'spec', replyTo: 'agent-runner' };
    await bus.send(invokeTool.of(invocation), { id: callId, context: context() });
    return callId;
  };

  const moment = async (callId: string): Promise<void> => {
    if (random() < AFTER_COMMAND_SHARE) return delay(random() * AFTER_COMMAND_MAX_MS);
    const afterMs = random() * AFTER_EFFECT_MAX_MS;
    const giveUpAt = performance.now() + STEP_MAX_MS;
    while (!(await effects()).includes(callId)) {
      const late = performance.now() > giveUpAt;
      if (late) throw new Error(`no effect of ${callId}, but ${await typesOf(callId)}`);
      await delay(2);
    }
    await delay(afterMs);
  };

  it(
    'GTW-6: each effect happens once at most, and each that is uncertain is parked',
    async () => {
      console.log(`seed ${seed}`);
      const offer = await eventually(async () => {
        const { events } = await store.read({ aggregate: 'tool', id: 'execute_remediation' });
        return events.at(-1);
      }, STEP_MAX_MS);
      const { definitionDigest } = offer.data as { definitionDigest: string };
      const calls: string[] = [];
      const killedAt: number[] = [];
      const windows = new Map<string, number>();
      const between = 'effect, no outcome';
      while ((windows.get(between) ?? 0) < KILLS) {
        await eventually(() => gateway.isReady, STEP_MAX_MS, 'a gateway');
        const callId = await begin(definitionDigest);
        calls.push(callId);
        await moment(callId);
        gateway.kill();
        killedAt.push(Date.now());
        const done = await effects();
        const claimed = await typesOf(callId);
        const late = claimed.length > 1 ? 'outcome' : 'no outcome';
        const early = claimed.length === 0 ? 'no claim' : `no effect yet, ${late}`;
        const window = done.includes(callId) ? `effect, ${late}` : early;
        windows.set(window, (windows.get(window) ?? 0) + 1);
      }

      const endOf = async (id: string) => (await typesOf(id))[1];
      for (const id of calls) await eventually(() => endOf(id), STEP_MAX_MS, `the end of ${id}`);
      const ends = await Promise.all(calls.map(async (id) => [id, await eventsOf(id)] as const));
      // By when they were written: what a process had sent may be stored after it was killed.
      const isUncertain = ([claim, outcome]: (typeof ends)[number][1]) =>
        killedAt.some(
          (at) => Number(claim?.record.time) <= at && at < Number(outcome?.record.time),
        );
      const counted = await effects();
      const times = (id: string) => counted.filter((line) => line === id).length;
      let parked = 0;
      for (const [id, events] of ends) {
        const uncertain = isUncertain(events);
        if (uncertain) parked++;
        const types = events.map(({ type }) => type);
        const outcome = uncertain ? 'toolcall.unknown' : 'toolcall.succeeded';
        expect({ id, seed, types }).toEqual({ id, seed, types: ['toolcall.claimed', outcome] });
        expect(times(id)).toBeLessThanOrEqual(1);
        expect(times(id)).toBeGreaterThanOrEqual(uncertain ? 0 : 1);
      }
      // Some of them may have had their outcomes on the way.
      expect(parked).toBeGreaterThan(KILLS / 2);
      const kills = [...windows].map(([window, count]) => `${window}: ${count}`).join('; ');
      console.log(`${calls.length} kills (${kills}), ${counted.length} effects, ${parked} parked`);
    },
    LIMIT_MS,
  );
});
