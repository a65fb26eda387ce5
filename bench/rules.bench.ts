import { type Rule, ruleSchema, type Signal, signalSchema } from '@signalbox/contracts';
import { canonicalJson, digestOf, type Json } from '@signalbox/kernel';
import { compileRules } from '@signalbox/rules';
import { inTurns, median, percentile, perSecond, type Bench } from './measure.ts';

const ROUNDS = 5;
const ROUND_MS = 800;
const LARGE_SIGNALS = 100;
const LARGE_BYTES = 65_536;

const services = ['checkout', 'payments', 'search', 'billing', 'catalog', 'inventory', 'sessions'];
const faults = ['disk', 'memory', 'replica', 'queue', 'certificate', 'partition', 'deadlock'];

/**
 * Decisions a second of the rule engine alone, in one thread, on signals that no rule matches, so
 * that every rule is tried and stands in the trace. One rule in fifty is a regex without letters
 * that could be looked for first, one in ten an expression that has to be evaluated.
 */
export const rules: Bench = async () => {
  const signals = Array.from({ length: 50 }, (_, i) => signalOf(alertOf(i)));
  const rates = await inTurns(ROUNDS, {
    ten: rateOf(10, signals),
    hundred: rateOf(100, signals),
    thousand: rateOf(1_000, signals),
  });
  const large = latencies(1_000, signalOf(largePayload()));
  return {
    value: median(rates.thousand),
    unit: 'decisions/s, 1000 rules on one core',
    reference: null,
    referenceValue: null,
    goal: 'value >= 2000, value_10 < 100 * value',
    more: {
      value_10: median(rates.ten),
      value_100: median(rates.hundred),
      large_p50_ms: percentile(large, 50),
      large_p99_ms: percentile(large, 99),
    },
  };
};

function rateOf(count: number, signals: readonly Signal[]): () => Promise<number> {
  const { evaluate } = compileRules(mixedRules(count));
  return async () => {
    const begun = performance.now();
    let decisions = 0;
    while (performance.now() - begun < ROUND_MS) {
      for (const signal of signals) evaluate(signal);
      decisions += signals.length;
    }
    return perSecond(decisions, performance.now() - begun);
  };
}

function latencies(count: number, signal: Signal): number[] {
  const { evaluate } = compileRules(mixedRules(count));
  return Array.from({ length: LARGE_SIGNALS }, () => {
    const begun = performance.now();
    evaluate(signal);
    return performance.now() - begun;
  });
}

function mixedRules(count: number): Rule[] {
  return Array.from({ length: count }, (_, i) =>
    ruleSchema.parse({
      id: String(i).padStart(26, '0'),
      name: `rule ${i}`,
      action: 'allow',
      ...patternOf(i, `${services[i % services.length]}-${i}`, faults[i % faults.length] ?? ''),
    }),
  );
}

function patternOf(
  i: number,
  service: string,
  fault: string,
): Pick<Rule, 'pattern' | 'patternType'> {
  const kinds: readonly Pick<Rule, 'pattern' | 'patternType'>[] = [
    { patternType: 'regex', pattern: `${fault}\\s+(?:usage|pressure)\\s*>\\s*\\d+% on ${service}` },
    { patternType: 'regex', pattern: `(?:${service}|${fault}-${i}): .*(?:failed|refused)` },
    { patternType: 'regex', pattern: `\\b[a-f0-9]{8}-${i}\\b` },
    { patternType: 'keyword', pattern: `${service} ${fault} failed` },
    { patternType: 'keyword', pattern: `${fault} on ${service}` },
    { patternType: 'event_type', pattern: `${fault}.${i}:critical` },
    { patternType: 'payload_match', pattern: `service.name:${service}` },
    { patternType: 'payload_match', pattern: `check:${fault}-${i}` },
    { patternType: 'cel', pattern: `payload.service == "${service}" && payload.value > ${i}` },
    { patternType: 'cel', pattern: `payload.value > ${1_000 + i} && payload.retries >= 3` },
  ];
  if (i % 50 === 2)
    return { patternType: 'regex', pattern: `\\b[a-f]{2}\\d{2}[a-f]{${i % 9}}z\\b` };
  return kinds[i % kinds.length] ?? { patternType: 'keyword', pattern: service };
}

/** About 600 bytes, as a monitor sends it. */
function alertOf(i: number): Json {
  return {
    service: services[i % services.length] ?? '',
    check: 'http',
    value: 90 + (i % 10),
    retries: 1,
    host: { name: `web-${i}.example.org`, zone: 'eu-central-1b', image: 'sha256:5f2c9ae1' },
    tags: ['env:production', 'team:shop', `shard:${i % 8}`],
    message:
      `p99 latency of /api/v1/orders/${i} is 1${i} ms above its threshold since the deploy of ` +
      'this morning. See the dashboard for the slowest spans; the last log line was ' +
      `"upstream timed out (110: Connection timed out) while reading response header", retry ${i}.`,
    runbook: `https://runbooks.example.org/latency?service=orders&from=${i}`,
    window: { from: '2026-11-01T09:55:00Z', to: '2026-11-01T10:00:00Z' },
  };
}

function largePayload(): Json {
  const alerts: Json[] = [];
  for (let bytes = 0; bytes < LARGE_BYTES - 1_024; bytes += JSON.stringify(alerts.at(-1)).length) {
    alerts.push(alertOf(alerts.length));
  }
  return { alerts };
}

function signalOf(payload: Json): Signal {
  return signalSchema.parse({
    id: '0'.repeat(26),
    source: 'bench',
    type: 'alert',
    title: 'The latency of an endpoint is high',
    severity: 'warning',
    fingerprint: 'latency',
    startsAt: '2026-11-01T10:00:00Z',
    receivedAt: '2026-11-01T10:00:01Z',
    payload,
    raw: {
      sha256: digestOf(payload),
      bytes: canonicalJson(payload).length,
      contentType: 'application/json',
      deliveryId: '0'.repeat(26),
    },
    signature: 'unsigned',
  });
}
