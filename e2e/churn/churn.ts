import { eventually } from '@signalbox/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { randomFrom } from '../random.ts';
import { ChurnedGateway, type Footprint } from './churned-gateway.ts';
import type { ChurnedUpstream } from './upstreams.ts';

const CALLERS_EACH = 2;
/** A server that was killed often is started again after 30 s at the latest. */
const HEAL_MAX_MS = 120_000;
/** The edge counts calls that fail too. */
const HEAL_PAUSE_MS = 500;
const WARM_UP_CALLS = 20;

export interface ChurnOptions {
  readonly durationMs: number;
  readonly seed: number;
  /** For all that is written. */
  readonly folder: string;
  readonly upstreams: readonly ChurnedUpstream[];
  /** Between the calls of each caller. */
  readonly callPauseMs: number;
  /** Between kills, at most. */
  readonly killPauseMaxMs: number;
  say(line: string): void;
}

export interface ChurnReport {
  readonly calls: number;
  readonly kills: number;
  /** Of calls to a server that was dead or killed meanwhile. */
  readonly ownFailures: number;
  /** Calls that failed though nobody had touched their server. */
  readonly otherFailures: readonly string[];
  /** The longest that each was away, from the kill to the next answer, in milliseconds. */
  readonly awayMs: Readonly<Record<string, number>>;
  /** The gateway died. */
  readonly restarted: boolean;
  readonly before: Footprint;
  readonly after: Footprint;
}

interface Victim {
  readonly upstream: ChurnedUpstream;
  /** On the clock of `performance.now()`. */
  killedAt: number;
  /** When it was killed while it was well, on the same clock. */
  awaySince: number;
  /** The longest so far. */
  awayMs: number;
  /** What its last call failed with, if it did. */
  problem: string | undefined;
  /** A call that began after the last kill has succeeded. */
  well: boolean;
}

/** Calls MCP servers through one gateway all the time, while each is killed at random. */
export async function churn(options: ChurnOptions): Promise<ChurnReport> {
  await using bed = new AsyncDisposableStack();
  const { upstreams } = options;
  const gateway = await ChurnedGateway.start(options.folder, upstreams, bed);
  const { pid } = gateway;
  const victims: readonly Victim[] = upstreams.map((upstream) => ({
    upstream,
    killedAt: -1,
    awaySince: 0,
    awayMs: 0,
    problem: undefined,
    well: false,
  }));
  const count = { calls: 0, kills: 0, ownFailures: 0 };
  const otherFailures: string[] = [];

  const callOnce = async (victim: Victim): Promise<boolean> => {
    const startedAt = performance.now();
    const wasWell = victim.well;
    const problem = await gateway.call(victim.upstream).catch(String);
    count.calls++;
    victim.problem = problem;
    const disturbed = victim.killedAt > startedAt;
    if (problem === undefined && !disturbed) answersAgain(victim);
    if (problem === undefined) return true;
    if (disturbed || !wasWell) count.ownFailures++;
    else otherFailures.push(`${victim.upstream.name}: ${problem}`);
    return false;
  };
  const heal = (victim: Victim) => healed(victim, callOnce);

  await Promise.all(victims.map((victim) => heal(victim)));
  for (let n = 0; n < WARM_UP_CALLS; n++) await Promise.all(victims.map(callOnce));
  const before = await gateway.footprintAlone();
  options.say(`alone, before: ${described(before)}`);

  const endAt = performance.now() + options.durationMs;
  const callers = victims.flatMap((victim) =>
    Array.from({ length: CALLERS_EACH }, async () => {
      while (performance.now() < endAt) {
        await callOnce(victim);
        await delay(options.callPauseMs);
      }
    }),
  );
  count.kills = await killAtRandom(gateway, victims, { ...options, endAt });
  await Promise.all(callers);
  await Promise.all(victims.map((victim) => heal(victim)));
  const after = await gateway.footprintAlone();
  options.say(`alone, after: ${described(after)}`);
  const awayMs = Object.fromEntries(victims.map(({ upstream, awayMs: ms }) => [upstream.name, ms]));
  return { ...count, otherFailures, awayMs, restarted: gateway.pid !== pid, before, after };
}

/** @returns how many were killed. */
async function killAtRandom(
  gateway: ChurnedGateway,
  victims: readonly Victim[],
  { endAt, seed, killPauseMaxMs }: ChurnOptions & { readonly endAt: number },
): Promise<number> {
  const random = randomFrom(seed);
  let kills = 0;
  while (performance.now() < endAt) {
    await delay(random() * killPauseMaxMs);
    const victim = victims[Math.floor(random() * victims.length)] as Victim;
    // An answer that comes in between is no sign of health.
    isTouched(victim);
    if (await gateway.kill(victim.upstream)) kills++;
    isTouched(victim);
  }
  return kills;
}

function isTouched(victim: Victim): void {
  victim.killedAt = performance.now();
  if (victim.well) victim.awaySince = victim.killedAt;
  victim.well = false;
}

function answersAgain(victim: Victim): void {
  if (victim.well) return;
  victim.well = true;
  // Before the first kill there was only the start.
  if (victim.killedAt < 0) return;
  victim.awayMs = Math.max(victim.awayMs, performance.now() - victim.awaySince);
}

async function healed(victim: Victim, callOnce: (victim: Victim) => Promise<boolean>) {
  const answers = async () => (await callOnce(victim)) || (await delay(HEAL_PAUSE_MS, false));
  const what = `an answer of ${victim.upstream.name}`;
  await eventually(answers, HEAL_MAX_MS, what).catch((cause: unknown) => {
    throw new Error(`${what} did not come: ${victim.problem}`, { cause });
  });
}

const described = ({ processes, openFiles, bytes }: Footprint) =>
  `${processes} process, ${openFiles} open files, ${Math.round(bytes / 1e6)} MB`;
