import { decisionMade, type ProblemEvent, type Signal } from '@signalbox/contracts';
import { AppError, type Clock, type DomainEvent, type MessageContext } from '@signalbox/kernel';
import { type EventStore, execute, type Known } from '@signalbox/messaging';
import { RecentMap } from '../recent-map.ts';
import { KeyedBatches } from './keyed-batches.ts';
import { problemDecider, type Report, type Standing, standingOf } from './problem.decider.ts';
import { type Episode, type ProblemState, reportName, reportOf } from './problem.state.ts';

/** Problems that are kept in mind, so that a report of one costs no reading. */
const KNOWN_MAX = 5_000;
/**
 * How long the report that opened a problem may take to be decided before another one is decided
 * in its place. A router that died has its messages handed on sooner; one that waits for a model
 * that long asks it again, and the other's answer is as good.
 */
export const TAKE_OVER_MS = 2 * 60_000;

interface Reported extends Report {
  readonly context: MessageContext;
}

/** Writes down what signals say of problems. */
export class ProblemBook {
  readonly #store: EventStore;
  readonly #clock: Clock;
  readonly #decider: ReturnType<typeof problemDecider>;
  /** Reports of one problem come in crowds: what waits for one append is in the next. */
  readonly #reports = new KeyedBatches<Reported, Standing>((id, all) => this.#write(id, all));
  /** Whether signals are decided; those that ask for the same one meanwhile are told together. */
  readonly #decisions = new KeyedBatches<undefined, boolean>((id) => this.#look(id));
  readonly #known = new RecentMap<string, Known<ProblemState>>(KNOWN_MAX);
  /** Signals whose decision was seen. */
  readonly #decided = new RecentMap<string, true>(KNOWN_MAX);

  constructor(store: EventStore, options: { readonly quietMs: number; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = options.clock;
    this.#decider = problemDecider(options.quietMs);
  }

  /**
   * Once the report is on disk: how the signal stands to its problem. A report that is delivered
   * again is written down once. A repeat is written down, and done with, only when the signal that
   * opened the problem has its decision: that one's message may have become a dead letter.
   * @throws AppError `unavailable` while a repeat has to wait for that; as `execute` does.
   */
  async report(signal: Signal, context: MessageContext): Promise<Standing> {
    const { problemId } = signal;
    if (problemId === undefined) return { kind: 'decide' };
    const standing = await this.#reports.do(problemId, { signal, context });
    const first = firstUndecided(standing);
    if (first === undefined) return standing;
    const isDecided = await this.#decisions.do(first.signalId, undefined);
    if (!isDecided && this.#clock.now().getTime() - first.openedAt < TAKE_OVER_MS) {
      throw waitsFor(first);
    }
    const report = { signal, context, ...(!isDecided && { insteadOf: reportName(first) }) };
    const now = await this.#reports.do(problemId, report);
    const next = firstUndecided(now);
    if (next !== undefined) throw waitsFor(next);
    return now;
  }

  /** Saves the reading where a repeat of what this signal reported comes next. */
  decided({ id, problemId }: Signal): void {
    if (problemId !== undefined) this.#decided.set(id, true);
  }

  async #look(id: string): Promise<() => boolean> {
    if (!this.#decided.has(id)) {
      const { events } = await this.#store.read({ aggregate: 'signal', id }, { fresh: true });
      if (events.some(({ type }) => type === decisionMade.type)) this.#decided.set(id, true);
    }
    const isDecided = this.#decided.has(id);
    return () => isDecided;
  }

  async #write(id: string, reports: readonly Reported[]) {
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
        command: { reports, decided: this.#decided },
        context: contextOf,
        fresh: true,
        known: this.#known.get(id),
      },
    );
    this.#known.set(id, { state, head });
    return ({ signal }: Report) => standingOf(signal, state);
  }
}

function firstUndecided(standing: Standing): Episode | undefined {
  return standing.kind === 'known' || standing.kind === 'grouped' ? standing.undecided : undefined;
}

function waitsFor({ signalId }: Episode): AppError {
  return new AppError({
    code: 'problem_undecided',
    kind: 'unavailable',
    message: `The problem was opened by signal ${signalId}, which another delivery decides.`,
  });
}
