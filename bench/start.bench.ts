import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { plainEnvironment } from './config.ts';
import { median, type Bench } from './measure.ts';
import { memoryUnder, type Memory } from './memory.ts';
import { temporaryFolder } from './servers.ts';

const ROUNDS = 3;
const IDLE_MS = 10_000;
const LOAD_SIGNALS = 50;
const LOAD_SIGNALS_PER_S = 10;

const npmStart = join(import.meta.dirname, '..', 'tools', 'start.mjs');

/** `npm start` on a state folder that was started once before, and what it then keeps in memory. */
export const start: Bench = async (bed) => {
  const home = await temporaryFolder(bed);
  await stopped((await started(home)).launcher);
  const seconds: number[] = [];
  for (let round = 1; round < ROUNDS; round++) {
    const stack = await started(home);
    seconds.push(stack.seconds);
    await stopped(stack.launcher);
  }
  const stack = await started(home);
  seconds.push(stack.seconds);
  bed.defer(() => stopped(stack.launcher));
  await delay(IDLE_MS);
  const idle = memoryUnder(stack.launcher.pid ?? 0);
  const loaded = await memoryUnderLoad(
    stack,
    (await readFile(join(home, 'api-key'), 'utf8')).trim(),
  );
  return {
    value: median(seconds),
    unit: 's, warm `npm start` until ready',
    reference: null,
    referenceValue: null,
    goal: 'value <= 8, idle_mb <= 400',
    more: { ...named('idle', idle), ...named('loaded', loaded) },
  };
};

interface Started {
  readonly launcher: ChildProcess;
  readonly url: string;
  readonly seconds: number;
}

async function started(home: string): Promise<Started> {
  const begun = performance.now();
  const child = spawn(process.execPath, [npmStart, '--no-sample'], {
    env: {
      ...plainEnvironment,
      SIGNALBOX_HOME: home,
      SIGNALBOX_PORT: '0',
      SIGNALBOX_RATE_LIMITS: 'off',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^signalbox ready on (\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return { launcher: child, url, seconds: (performance.now() - begun) / 1_000 };
  }
  throw new Error('npm start ended before it was ready');
}

async function stopped(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** The most that was seen while signals came in and each set an agent going. */
async function memoryUnderLoad({ launcher, url }: Started, apiKey: string): Promise<Memory> {
  const seen: Memory[] = [];
  for (let sent = 0; sent < LOAD_SIGNALS; sent++) {
    await send(url, apiKey, sent);
    seen.push(memoryUnder(launcher.pid ?? 0));
    await delay(1_000 / LOAD_SIGNALS_PER_S);
  }
  const most = (read: (memory: Memory) => number) => Math.max(...seen.map(read));
  return {
    ours: most((memory) => memory.ours),
    upstreams: most((memory) => memory.upstreams),
    nats: most((memory) => memory.nats),
    postgres: most((memory) => memory.postgres),
  };
}

async function send(url: string, apiKey: string, number: number): Promise<void> {
  const answer = await fetch(`${url}/api/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
    body: JSON.stringify({
      source: 'bench',
      event_type: 'HighLatency',
      title: `Checkout p99 latency above 2 s (${number})`,
      payload: { service: 'checkout' },
    }),
  });
  if (!answer.ok) throw new Error(`the webhook answered ${answer.status}`);
  await answer.arrayBuffer();
}

function named(state: string, memory: Memory): Record<string, number> {
  return {
    [`${state}_mb`]: memory.ours,
    [`${state}_upstreams_mb`]: memory.upstreams,
    [`${state}_nats_mb`]: memory.nats,
    [`${state}_postgres_mb`]: memory.postgres,
  };
}
