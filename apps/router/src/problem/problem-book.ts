import type { ProblemEvent, Signal } from '@signalbox/contracts';
import type { DomainEvent, MessageContext } from '@signalbox/kernel';
import { type EventStore, execute, type Known } from '@signalbox/messaging';
import { KeyedBatches } from './keyed-batches.ts';
import { problemDecider, type Standing, standingOf } from './problem.decider.ts';
import { type ProblemState, reportName, reportOf } from './problem.state.ts';

/** Problems that are kept in mind, so that a report of one costs no reading. */
const KNOWN_MAX = 5_000;

interface Report {
  readonly signal: Signal;
  readonly context: MessageContext;
}

/** Writes down what signals say of problems. */
export class ProblemBook {
  readonly #store: EventStore;
  readonly #decider: ReturnType<typeof problemDecider>;
  /** Reports of one problem come in crowds: what waits for one append is in the next. */
  readonly #reports = new KeyedBatches<Report, Standing>((id, reports) => this.#write(id, reports));
  /** The one that was reported last comes last. */
  readonly #known = new Map<string, Known<ProblemState>>();

  constructor(store: EventStore, { quietMs }: { readonly quietMs: number }) {
    this.#store = store;
    this.#decider = problemDecider(quietMs);
  }

  /**
   * Once the report is on disk: how the signal stands to its problem. A report that is delivered
   * again is written down once.
   * @throws AppError as `execute` does.
   */
  async report(signal: Signal, context: MessageContext): Promise<Standing> {
    const { problemId } = signal;
    if (problemId === undefined) return { kind: 'decide' };
    return this.#reports.do(problemId, { signal, context });
  }

  async #write(id: string, reports: readonly Report[]) {
    const contexts = new Map(
      reports.map(({ signal, context }) => [reportName(reportOf(signal)), context]),
    );
    const contextOf = (event: DomainEvent): MessageContext => {
      const context = contexts.get(reportName((event as ProblemEvent).data));
      if (context === undefined) throw new Error(`${event.type} is of no report`);
      return context;
    };
    const { state, head } = await execute(
      this.#store,
      this.#decider,
      { aggregate: 'problem', id },
      {
        command: reports.map(({ signal }) => signal),
        context: contextOf,
        fresh: true,
        known: this.#known.get(id),
      },
    );
    this.#remember(id, { state, head });
    return ({ signal }: Report) => standingOf(signal, state);
  }

  #remember(id: string, known: Known<ProblemState>): void {
    this.#known.delete(id);
    this.#known.set(id, known);
    if (this.#known.size <= KNOWN_MAX) return;
    const [oldest = ''] = this.#known.keys();
    this.#known.delete(oldest);
  }
}
