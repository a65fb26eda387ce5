import {
  allEvents,
  decisionMade,
  ruleDefined,
  ruleSchema,
  signalReceived,
  type Rule,
} from '@signalbox/contracts';
import { newId, SystemClock, type DomainEvent } from '@signalbox/kernel';
import { JetStreamEventStore, NO_EVENTS, type EventStore } from '@signalbox/messaging';
import { perSecond, type Bench } from './measure.ts';
import { startApp } from './programs.ts';
import { startBroker } from './servers.ts';

const SIGNALS = 100_000;
const WRITERS = 500;
const RULES = 100;
const API_KEY = 'bench-key';

/** Recorded signals against a changed rule set, over HTTP, from the request to the summary. */
export const backtest: Bench = async (bed) => {
  const broker = await startBroker(bed);
  const store = new JetStreamEventStore({
    connection: await broker.connect(),
    env: 'default',
    definitions: allEvents,
    clock: new SystemClock(),
    source: 'signalbox/bench',
  });
  const rules = Array.from({ length: RULES }, (_, number) => ruleOf(number));
  for (const rule of rules) {
    await append(store, 'rule', rule.id, [ruleDefined.of({ rule })]);
  }
  await recordSignals(store);
  const ingest = await startApp(bed, 'ingest', {
    SIGNALBOX_NATS_URL: broker.url,
    SIGNALBOX_API_KEY: API_KEY,
    SIGNALBOX_PORT: '0',
  });
  // Every tenth rule is another.
  const changed = rules.map((rule, i) => (i % 10 === 0 ? { ...rule, ...ruleOf(RULES + i) } : rule));
  const begun = performance.now();
  const summary = await backtested(ingest.url, changed);
  const ms = performance.now() - begun;
  if (summary.signals !== SIGNALS) throw new Error(`${summary.signals} signals only`);
  return {
    value: ms / 1_000,
    unit: `s, ${SIGNALS} recorded signals, ${RULES} rules against ${RULES}`,
    reference: null,
    referenceValue: null,
    goal: 'value <= 60',
    more: {
      signals_per_s: perSecond(SIGNALS, ms),
      changed: summary.changed,
    },
  };
};

async function recordSignals(store: EventStore): Promise<void> {
  let recorded = 0;
  const record = async (): Promise<void> => {
    while (recorded < SIGNALS) await recordSignal(store, recorded++);
  };
  await Promise.all(Array.from({ length: WRITERS }, record));
}

/** A signal and its decision, together of the size that they have with a hundred rules. */
async function recordSignal(store: EventStore, number: number): Promise<void> {
  const id = newId();
  const at = new Date().toISOString();
  const service = `service-${number % (3 * RULES)}`;
  const received = signalReceived.of({
    signal: {
      id,
      source: 'bench',
      type: `kind-${number % (7 * RULES)}`,
      title: `Latency of ${service} above ${number % 40} s on host-${number % 97}`,
      severity: number % 3 === 0 ? 'critical' : 'warning',
      labels: { service, env: 'production', region: `eu-${number % 4}` },
      fingerprint: id,
      startsAt: at,
      receivedAt: at,
      payload: {
        service,
        host: `host-${number % 97}`,
        p99_ms: number % 40_000,
        note: 'It rose right after the deployment of 14:02; the error rate is unchanged.',
        runbook: `https://runbooks.example/latency/${service}`,
        samples: [1.2, 1.9, 2.4, 3.1, number % 11],
      },
      raw: {
        sha256: `sha256:${'0'.repeat(64)}`,
        bytes: 512,
        contentType: 'application/json',
        deliveryId: id,
      },
      signature: 'unsigned',
    },
  });
  const reason = 'in neither the raw nor the sanitised text';
  const decided = decisionMade.of({
    outcome: 'answer',
    by: 'model',
    riskLevel: 'low',
    trace: Array.from({ length: RULES }, (_, i) => ({
      ruleId: id,
      ruleName: `rule-${i}`,
      matched: false,
      reason,
    })),
    message: 'Nothing has to be done.',
  });
  await append(store, 'signal', id, [received, decided]);
}

async function append(
  store: EventStore,
  aggregate: string,
  id: string,
  events: readonly DomainEvent[],
): Promise<void> {
  const context = { correlationId: id, causationId: id, actor: 'service:bench', epoch: 0 } as const;
  await store.append({ aggregate, id }, NO_EVENTS, events, context);
}

/** Patterns of each kind, a third of which match some of the signals. */
const patterns: readonly ((number: number) => Pick<Rule, 'patternType' | 'pattern'>)[] = [
  (n) => ({ patternType: 'regex', pattern: String.raw`\bservice-${n}\b.*\babove\s+[23]\d s` }),
  (n) => ({ patternType: 'keyword', pattern: `service-${n} above` }),
  (n) => ({ patternType: 'event_type', pattern: `kind-${n}:critical` }),
  (n) => ({ patternType: 'payload_match', pattern: `service:service-${n}` }),
  (n) => ({
    patternType: 'regex',
    pattern: String.raw`(?:connection|socket)\s+refused.*host-${n}`,
  }),
];
const actions = ['hard_reject', 'require_approval', 'force_agent', 'allow'] as const;

function ruleOf(number: number): Rule {
  const pattern = patterns[number % patterns.length]?.(number);
  const action = actions[number % actions.length];
  return ruleSchema.parse({ id: newId(), name: `rule-${number}`, action, ...pattern });
}

async function backtested(url: string, rules: readonly Rule[]) {
  const response = await fetch(`${url}/api/rules/backtest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': API_KEY },
    body: JSON.stringify({
      rules: rules.map(({ name, pattern, patternType, action, priority }) => ({
        name,
        pattern,
        pattern_type: patternType,
        action,
        priority,
      })),
    }),
  });
  const last = (await response.text()).trimEnd().split('\n').at(-1) ?? '';
  const { summary } = JSON.parse(last) as { summary?: { signals: number; changed: number } };
  if (!summary) throw new Error(`the backtest failed: ${last}`);
  return summary;
}
