import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditLog } from '../fleet/audit-log.ts';
import { Fleet } from '../fleet/fleet.ts';
import { commandsLeft, deadLetters } from '../fleet/queues.ts';
import { whenAnswered } from '../fleet/when-answered.ts';
import { randomFrom } from '../random.ts';
import { chaosFleet } from './chaos-fleet.ts';
import { violationsIn } from './checks/checks.ts';
import type { Evidence, Violation } from './checks/evidence.ts';
import { faultPlan } from './faults/fault-plan.ts';
import { inflict, type FaultCounts } from './faults/inflict.ts';
import { ModelEndpoint } from './model/model-endpoint.ts';
import { EffectCounter } from '../outside/effect-counter.ts';
import { writeGatewayFiles } from '../outside/gateway-files.ts';
import { passLeasesOn } from './pass-leases-on.ts';
import { progressOf, summaryOf, wordsOf } from './progress.ts';
import { approveAll, cancelSome, sendSignals } from './traffic.ts';

/** A consumer gives a lost message away after 30 s; a chain of several losses takes some of them. */
const SETTLE_MAX_MS = 240_000;
/** So long that a gateway is killed now and then between an effect and its answer. */
const EFFECT_PAUSE_MAX_MS = 600;
const LOOK_EACH_MS = 1_000;
const TELL_EACH_MS = 5_000;
/** Signals come for a little less time than faults do, so that the last ones meet some. */
const TRAFFIC_SHARE = 0.9;

export interface CampaignOptions {
  /** One wave of runs and faults for each, one after the other on the same fleet. */
  readonly seeds: readonly number[];
  /** In each wave. */
  readonly runs: number;
  /** For how long there are faults in each wave. */
  readonly faultsMs: number;
  /** Servers of NATS. */
  readonly nodes?: 1 | 3;
  /** PATH and HOME. */
  readonly shell: Readonly<Record<string, string>>;
  say(line: string): void;
}

export interface CampaignReport {
  readonly evidence: Evidence;
  readonly violations: readonly Violation[];
  /** One line of figures. */
  readonly summary: string;
  /** State and logs; removed when there was nothing to find. */
  readonly folder: string;
}

interface Bench {
  readonly options: CampaignOptions;
  readonly fleet: Fleet;
  readonly model: ModelEndpoint;
  readonly counter: EffectCounter;
  readonly counts: FaultCounts;
  readonly accepted: string[];
  readonly log: AuditLog;
  readonly beganAt: number;
}

/** Many runs, many faults, then calm; and what is to be said about it. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-chaos-'));
  await using bed = new AsyncDisposableStack();
  let nothingFound = false;
  // Deferred first, it is done last: the servers write in there as long as they run.
  bed.defer(async () => {
    if (nothingFound) await rm(folder, { recursive: true, force: true });
  });
  const bench = await setUp(options, folder, bed);
  const { seeds, runs } = options;
  options.say(`seed ${seeds.join(', then ')}; ${runs} runs each; state and logs in ${folder}`);
  const over = new AbortController();
  bed.defer(() => over.abort());
  const company = [
    approveAll(bench.fleet, over.signal),
    cancelSome(bench.fleet, bench.log, over.signal),
    passLeasesOn(bench.fleet, bench.log, over.signal),
    tellProgress(bench, over.signal),
  ];
  await disturb(bench);
  await settle(bench);
  over.abort();
  await Promise.all(company);
  const evidence = await gather(bench);
  const violations = violationsIn(evidence);
  nothingFound = violations.length === 0;
  const seconds = Math.round((performance.now() - bench.beganAt) / 1_000);
  const faults = wordsOf({ ...bench.counts, ...bench.model.faults });
  const summary = `${summaryOf(evidence)}; ${faults}; ${seconds} s`;
  return { evidence, violations, summary, folder };
}

async function setUp(
  options: CampaignOptions,
  folder: string,
  bed: AsyncDisposableStack,
): Promise<Bench> {
  const effectsFile = join(folder, 'effects.txt');
  const random = randomFrom(options.seeds[0] ?? 0);
  const counter = await EffectCounter.start(effectsFile, () => random() * EFFECT_PAUSE_MAX_MS);
  bed.defer(() => counter.stop());
  const seedOf = (run: number) => options.seeds[Math.floor((run - 1) / options.runs)] ?? 0;
  const model = await ModelEndpoint.start({ seedOf, counterUrl: counter.url });
  bed.defer(() => model.stop());
  const gatewayConfig = await writeGatewayFiles({ folder, counterUrl: counter.url, effectsFile });
  const { shell, nodes = 1 } = options;
  const chaos = chaosFleet({ folder, modelUrl: model.baseUrl, gatewayConfig, shell });
  const fleet = await Fleet.start({ ...chaos, nodes }, bed);
  const counts = { kill: 0, suspend: 0, restart_nats: 0, suspend_nats: 0 };
  const log = new AuditLog(fleet.connection);
  const beganAt = performance.now();
  return { options, fleet, model, counter, counts, accepted: [], log, beganAt };
}

async function disturb(bench: Bench): Promise<void> {
  const { options, fleet, counter, model, counts, accepted } = bench;
  const { seeds, faultsMs } = options;
  const plan = seeds.flatMap((seed, wave) => faultPlan(seed, faultsMs, wave * faultsMs));
  const durationMs = faultsMs * seeds.length;
  const traffic = { runs: runsOf(options), durationMs: durationMs * TRAFFIC_SHARE };
  await Promise.all([
    sendSignals(fleet, traffic, accepted),
    inflict(plan, { fleet, counter }, counts),
    delay(durationMs).then(() => model.calm()),
  ]);
}

/** Until nothing is open any more; when that does not come, the checks say what is. */
async function settle(bench: Bench): Promise<void> {
  const { fleet, log, options } = bench;
  await fleet.whenReady();
  const giveUpAt = performance.now() + SETTLE_MAX_MS;
  while (performance.now() < giveUpAt) {
    await whenAnswered(() => log.refresh());
    const { decided, open } = progressOf(log.events);
    const done = decided >= runsOf(options) && open.length === 0;
    if (done && (await whenAnswered(() => commandsLeft(fleet.connection))) === 0) return;
    await delay(LOOK_EACH_MS);
  }
}

/** Everything is read anew, so that no reader's own fault stands in for one of the fleet. */
async function gather({ fleet, counter, accepted }: Bench): Promise<Evidence> {
  const log = new AuditLog(fleet.connection);
  await whenAnswered(() => log.refresh());
  return {
    events: log.events,
    accepted,
    effects: await counter.effects(),
    deadLetters: await whenAnswered(() => deadLetters(fleet.connection)),
    commandsLeft: await whenAnswered(() => commandsLeft(fleet.connection)),
  };
}

async function tellProgress(bench: Bench, until: AbortSignal): Promise<void> {
  const { options, log, counts, accepted, beganAt } = bench;
  while (!until.aborted) {
    await delay(TELL_EACH_MS, undefined, { signal: until }).catch(() => undefined);
    // The server may be away just now.
    await log.refresh().catch(() => undefined);
    const { decided, ended } = progressOf(log.events);
    const seconds = Math.round((performance.now() - beganAt) / 1_000);
    options.say(
      `${seconds} s: ${accepted.length} of ${runsOf(options)} signals accepted, ${decided} decided, ` +
        `${ended} runs ended; ${wordsOf(counts)}`,
    );
  }
}

const runsOf = ({ seeds, runs }: CampaignOptions): number => seeds.length * runs;
