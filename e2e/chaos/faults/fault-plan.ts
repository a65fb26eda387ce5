import { randomFrom } from '../../random.ts';
import { gateways, members, runners } from '../members.ts';

/** What is done to the platform, at a time from the beginning, in ms. */
export type Fault =
  | { readonly atMs: number; readonly kind: 'kill'; readonly target: string }
  | {
      readonly atMs: number;
      readonly kind: 'suspend';
      readonly target: string;
      readonly forMs: number;
    }
  | NatsFault;

/** A server of NATS is killed and started again, or sleeps: then connections stay open and nothing answers. */
export interface NatsFault {
  readonly atMs: number;
  readonly kind: 'restart_nats' | 'suspend_nats';
  readonly node: number;
  /** For how long it is away. */
  readonly forMs: number;
}

/** Longer than 30 s, after which a consumer gives a message to somebody else. */
const SUSPEND_MIN_MS = 32_000;
const SUSPEND_MORE_MS = 6_000;
const NATS_AWAY_MIN_MS = 500;
/** Longer than a request to NATS waits. */
const NATS_AWAY_MORE_MS = 7_000;
/** Most servers of NATS. */
const NODES = 3;
const PAUSE_MIN_MS = 500;
const PAUSE_MORE_MS = 2_200;
const FIRST_MS = 1_500;

/** One of each kind stays awake, so that work goes on beside what sleeps. */
const sleepers = ['agent-runner-1', 'agent-runner-2', 'tool-gateway-1', 'router-1', 'projector-1'];
/** Runners and gateways, where it matters most, more often than the others. */
const victims = [...runners, ...gateways, ...members];

/** The faults of a seed: the same seed gives the same ones, that much later with `delayMs`. */
export function faultPlan(seed: number, durationMs: number, delayMs = 0): readonly Fault[] {
  const random = randomFrom(seed);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  const faults: Fault[] = [];
  const asleepUntil = new Map<string, number>();
  const next = (atMs: number): Fault => {
    const kind = random();
    const awake = sleepers.filter((name) => (asleepUntil.get(name) ?? 0) <= atMs);
    if (kind < 0.12 && awake.length > 0) {
      const target = pick(awake);
      const forMs = SUSPEND_MIN_MS + Math.floor(random() * SUSPEND_MORE_MS);
      asleepUntil.set(target, atMs + forMs);
      return { atMs, kind: 'suspend', target, forMs };
    }
    if (kind < 0.2) {
      const node = Math.floor(random() * NODES);
      const forMs = NATS_AWAY_MIN_MS + Math.floor(random() * NATS_AWAY_MORE_MS);
      return { atMs, kind: kind < 0.17 ? 'restart_nats' : 'suspend_nats', node, forMs };
    }
    return { atMs, kind: 'kill', target: pick(victims) };
  };
  for (let atMs = FIRST_MS; atMs < durationMs;) {
    faults.push(next(atMs));
    atMs += PAUSE_MIN_MS + Math.floor(random() * PAUSE_MORE_MS);
  }
  return withEachKind(faults, pick).map((fault) => ({ ...fault, atMs: fault.atMs + delayMs }));
}

/** However short it is, a campaign has at least one fault of each kind if it has five. */
function withEachKind(
  faults: readonly Fault[],
  pick: (from: readonly string[]) => string,
): readonly Fault[] {
  const musts: ((atMs: number) => Fault)[] = [
    (atMs) => ({ atMs, kind: 'suspend', target: pick(sleepers), forMs: SUSPEND_MIN_MS }),
    (atMs) => ({ atMs, kind: 'kill', target: pick(runners) }),
    (atMs) => ({ atMs, kind: 'restart_nats', node: 0, forMs: NATS_AWAY_MIN_MS }),
    (atMs) => ({ atMs, kind: 'kill', target: pick(gateways) }),
    (atMs) => ({ atMs, kind: 'suspend_nats', node: 1, forMs: NATS_AWAY_MIN_MS }),
  ];
  return faults.map((fault, index) => musts[index]?.(fault.atMs) ?? fault);
}
