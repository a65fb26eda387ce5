import type { ExecutionEvent, SignalEvent } from '@signalbox/contracts';
import type { RecordedEvent } from '@signalbox/kernel';
import type { AggregateRef, EventStore } from '@signalbox/messaging';
import type { Payer } from './budgets.schema.ts';

type Followed = RecordedEvent<ExecutionEvent | SignalEvent>;

/** After which nothing is asked on behalf of a run or a signal any more. */
const LAST: ReadonlySet<string> = new Set<Followed['type']>([
  'execution.completed',
  'execution.failed',
  'execution.rejected',
  'execution.halted',
  'decision.made',
]);
/** One that is forgotten is read again when it is needed. */
const KNOWN_MAX = 100_000;

/** For whom runs and signals use models: their first events say it. */
export class Payers {
  readonly #known = new Map<string, Payer>();

  constructor(private readonly store: EventStore) {}

  /**
   * The payer of each of these events; those that need none have an empty one. Whatever began
   * before the events that are followed is read. May be called again for the same events.
   * @throws AppError `unavailable` as the store does.
   */
  async of(events: readonly Followed[]): Promise<readonly Payer[]> {
    const payers: Payer[] = [];
    for (const event of events) {
      this.#learn(event);
      payers.push(isPaid(event) ? await this.#payerOf(event) : {});
    }
    for (const { type, record } of events) if (LAST.has(type)) this.#known.delete(keyOf(record));
    return payers;
  }

  async #payerOf({ record: { aggregate, aggregateId: id } }: Followed): Promise<Payer> {
    const known = this.#known.get(keyOf({ aggregate, aggregateId: id }));
    if (known) return known;
    const ref: AggregateRef = { aggregate, id };
    const { events } = await this.store.read(ref, { fresh: true });
    for (const event of events) this.#learn(event as Followed);
    return this.#known.get(keyOf({ aggregate, aggregateId: id })) ?? {};
  }

  #learn(event: Followed): void {
    const payer = namedIn(event);
    if (!payer) return;
    this.#known.set(keyOf(event.record), payer);
    const [oldest] = this.#known.keys();
    if (this.#known.size > KNOWN_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}

function isPaid(event: Followed): boolean {
  if (event.type === 'decision.made') return event.data.model !== undefined;
  return event.type === 'execution.model_call_requested';
}

function namedIn(event: Followed): Payer | undefined {
  if (event.type === 'signal.received') return { source: event.data.signal.source };
  if (event.type !== 'execution.started') return undefined;
  const { plan, source } = event.data;
  return { source, agent: plan.kind === 'agent' ? plan.agent : undefined };
}

function keyOf({ aggregate, aggregateId }: { aggregate: string; aggregateId: string }): string {
  return `${aggregate}/${aggregateId}`;
}
