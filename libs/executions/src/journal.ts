import { executionActivated } from '@signalbox/contracts';
import { fold, type MessageContext } from '@signalbox/kernel';
import type { AggregateRef, EventStore, History } from '@signalbox/messaging';
import {
  evolve,
  journalOf,
  type ExecutionState,
  type JournalEvent,
  type Run,
} from './execution.state.ts';

/** What one handling of one command has seen of a run, and has yet to append. */
export class Journal {
  readonly #store: EventStore;
  readonly #ref: AggregateRef;
  readonly #runner: string;
  #recorded: ExecutionState;
  #head: History['head'];
  #pending: JournalEvent[] = [];
  #activated = false;
  #appended = false;

  private constructor(
    store: EventStore,
    { ref, runner }: { readonly ref: AggregateRef; readonly runner: string },
    { events, head }: History,
  ) {
    this.#store = store;
    this.#ref = ref;
    this.#runner = runner;
    this.#recorded = fold(journalOf, events as readonly JournalEvent[]);
    this.#head = head;
  }

  /** @param runner tells this handling apart from every other, in this process and elsewhere. */
  static async load(store: EventStore, ref: AggregateRef, runner: string): Promise<Journal> {
    // An answer to what was just asked must find the question, so the leader is read.
    return new Journal(store, { ref, runner }, await store.read(ref, { fresh: true }));
  }

  /** As it stands with what is yet to be appended. */
  get state(): ExecutionState {
    return this.#pending.reduce(evolve, this.#recorded);
  }

  /** @throws Error before the run has begun: a defect of the caller. */
  get run(): Run {
    const { state } = this;
    if (!state) throw new Error('the run has not begun');
    return state;
  }

  /** True once this handling has taken the run over. A conflict then means that another one did. */
  get holdsRun(): boolean {
    return this.#activated && this.#appended;
  }

  /** What a command from outside did to the run. */
  observe(events: readonly JournalEvent[]): void {
    this.#pending.push(...events);
  }

  /** What the run does itself; the first time after the mark that fences out every other runner. */
  record(...events: readonly JournalEvent[]): void {
    if (!this.#activated) this.#pending.push(executionActivated.of({ runner: this.#runner }));
    this.#activated = true;
    this.#pending.push(...events);
  }

  /** @throws AppError `conflict` when another runner has appended since. */
  async flush(context: MessageContext): Promise<void> {
    if (this.#pending.length === 0) return;
    const { events, head } = await this.#store.append(
      this.#ref,
      this.#head,
      this.#pending,
      context,
    );
    this.#recorded = (events as readonly JournalEvent[]).reduce(evolve, this.#recorded);
    this.#head = head;
    this.#pending = [];
    this.#appended = true;
  }
}
