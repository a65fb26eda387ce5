import { jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { decisionMade } from '@signalbox/contracts';
import { headerNames, streams } from '@signalbox/messaging';
import { eventually, residentBytes } from '@signalbox/testing';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Platform } from '../platform.ts';
import { sendSignal } from '../stories.ts';
import type { Flood, FloodReport } from './flood.program.ts';

const ALERTS = 20_000;
const FLOOD_MS = 10_000;
const CONNECTIONS = 100;
const OTHERS_PAUSE_MS = 200;
/** How long the others are watched before the flood, to know how slow this machine is now. */
const CALM_MS = 3_000;
const DECIDED_MAX_MS = 120_000;
const OTHERS_P99_MAX_MS = 1_000;
/** A machine with other work to do may be that much slower under the flood than without it. */
const SLOWER_MAX = 10;
const GROWTH_MAX_MB = 1_024;

/** When each decision was recorded, by signal, as epoch milliseconds. */
type Decisions = ReadonlyMap<string, readonly number[]>;

/** The value below which a part of the sorted ones is. */
const at = (part: number, sorted: readonly number[]): number =>
  sorted[Math.ceil(part * sorted.length) - 1] ?? Infinity;

describe('a source that floods', () => {
  let platform: Platform;
  let connection: NatsConnection;
  let flooder: ChildProcess;

  beforeAll(async () => {
    platform = await Platform.start({ args: ['--no-sample'], measured: true });
    connection = await connect(await platform.natsAsService());
    flooder = fork(join(import.meta.dirname, 'flood.program.ts'));
    await once(flooder, 'message');
  });
  afterAll(async () => {
    flooder.kill();
    await connection.close();
    await platform.stopAndForget();
  });

  /** Headers of everything in a stream on a subject, in order. */
  const messagesOf = async (stream: string, subject: string): Promise<readonly JsMsg[]> => {
    const consumer = await jetstream(connection).consumers.get(stream, {
      filter_subjects: subject,
      headers_only: true,
    });
    const { num_pending: total } = await consumer.info(true);
    const found: JsMsg[] = [];
    if (total === 0) return found;
    for await (const message of await consumer.consume({ max_messages: 5_000 })) {
      found.push(message);
      if (message.info.pending === 0) break;
    }
    return found;
  };

  const decisions = async (): Promise<Decisions> => {
    const found = new Map<string, number[]>();
    for (const message of await messagesOf(streams.audit, 'audit.default.signal.*')) {
      if (message.headers?.get(headerNames.type) !== decisionMade.type) continue;
      const id = message.subject.split('.').at(-1) ?? '';
      found.set(id, [...(found.get(id) ?? []), message.time.getTime()]);
    }
    return found;
  };

  /** Resident memory of the apps' process, in MB. */
  const memory = async (): Promise<number> => {
    const children = await readFile(`/proc/${platform.pid}/task/${platform.pid}/children`, 'utf8');
    let bytes = 0;
    for (const pid of children.trim().split(' ')) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!words.includes('host.main.js')) continue;
      bytes += await residentBytes(Number(pid));
    }
    return Math.round(bytes / 1024 ** 2);
  };

  const flood = async (): Promise<FloodReport> => {
    const { url, home } = platform;
    const apiKey = (await readFile(join(home, 'api-key'), 'utf8')).trim();
    flooder.send({
      url,
      apiKey,
      source: 'flood',
      alerts: ALERTS,
      durationMs: FLOOD_MS,
      connections: CONNECTIONS,
    } satisfies Flood);
    return ((await once(flooder, 'message')) as [FloodReport])[0];
  };

  /** One signal after the other from somebody else, until `over`. */
  const sendCalmly = async (over: AbortSignal): Promise<readonly string[]> => {
    const sent: Promise<string>[] = [];
    const payload = { command: 'rm -rf /' };
    while (!over.aborted) {
      const body = { source: 'calm', event_type: 'Command', title: 'A command', payload };
      sent.push(sendSignal(platform, body));
      await delay(OTHERS_PAUSE_MS);
    }
    return Promise.all(sent);
  };

  const greatestMemory = async (over: AbortSignal): Promise<number> => {
    let most = 0;
    while (!over.aborted) {
      most = Math.max(most, await memory());
      await delay(OTHERS_PAUSE_MS);
    }
    return most;
  };

  /** From durably accepted to durably decided, by the server's clock, the shortest first. */
  const waitsOf = async (made: Decisions, ids: readonly string[]): Promise<readonly number[]> => {
    const acceptedAt = new Map<string, number>();
    for (const message of await messagesOf(streams.signals, 'signals.default.calm.>')) {
      acceptedAt.set(message.headers?.get(headerNames.id) ?? '', message.time.getTime());
    }
    const wait = (id: string) => (made.get(id)?.[0] ?? Infinity) - (acceptedAt.get(id) ?? 0);
    return ids.map(wait).toSorted((a, b) => a - b);
  };

  it('SIG-1, SIG-6, OPS-2: is held back, and holds up no other', async () => {
    const calm = await sendCalmly(AbortSignal.timeout(CALM_MS));
    const before = await memory();
    const over = new AbortController();
    const othersSent = sendCalmly(over.signal);
    const memorySeen = greatestMemory(over.signal);
    const { answers, acceptedIds, durationMs } = await flood();
    over.abort();
    const others = await othersSent;
    const most = await memorySeen;

    expect((answers['202'] ?? 0) + (answers['429'] ?? 0)).toBe(ALERTS);
    expect(new Set(acceptedIds).size).toBe(answers['202']);
    const made = await eventually(
      async () => {
        const found = await decisions();
        return [...acceptedIds, ...calm, ...others].every((id) => found.has(id)) && found;
      },
      DECIDED_MAX_MS,
      'a decision on everything that was accepted',
    );
    expect([...made.values()].filter((times) => times.length !== 1)).toEqual([]);

    const [usual, waits] = [await waitsOf(made, calm), await waitsOf(made, others)];
    console.log(
      `${JSON.stringify(answers)} in ${Math.round(durationMs)} ms; others decided in ` +
        `${at(0.5, waits)} ms p50, ${at(0.99, waits)} ms p99 of ${waits.length}, ` +
        `without the flood ${at(0.5, usual)} and ${at(0.99, usual)} ms; ` +
        `memory ${before} MB, at most ${most} MB`,
    );
    const slowest = Math.max(OTHERS_P99_MAX_MS, SLOWER_MAX * at(0.99, usual));
    expect(at(0.99, waits)).toBeLessThanOrEqual(slowest);
    expect(most - before).toBeLessThan(GROWTH_MAX_MB);
  });

  it('SIG-6: nothing of it is a dead letter', async () => {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info(streams.deadLetters);
    expect(state.messages).toBe(0);
  });
});
