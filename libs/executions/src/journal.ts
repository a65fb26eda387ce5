import { executionActivated } from '@signalbox/contracts';
import type { MessageContext } from '@signalbox/kernel';
import { NO_EVENTS, type AggregateRef, type EventStore, type History } from '@signalbox/messaging';
import { evolve } from './execution.evolve.ts';
import type { ExecutionState, JournalEvent, Run } from './execution.state.ts';

export function refOf(executionId: string): AggregateRef {
  return { aggregate: 'execution', id: executionId };
}

/** A run as somebody saw it; others may have gone on since. */
export interface Seen {
  readonly state: ExecutionState;
  readonly head: History['head'];
  /** What it takes to remember it, about. */
  readonly bytes: number;
}

const NOTHING: Seen = { state: undefined, head: NO_EVENTS, bytes: 0 };

/** A run as the leader knows it. */
export async function readJournal(store: EventStore, executionId: string): Promise<Seen> {
  // An answer to what was just asked must find the question, so the leader is read.
  return grown(NOTHING, await store.read(refOf(executionId), { fresh: true }));
}

/** A run as the leader knows it; undefined when it has not begun. */
export async function readRun(store: EventStore, executionId: string): Promise<ExecutionState> {
  return (await readJournal(store, executionId)).state;
}

function grown({ state, bytes }: Seen, { events, head }: History): Seen {
  const added = events as readonly JournalEvent[];
  const size = added.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0);
  return { state: added.reduce(evolve, state), head, bytes: bytes + size };
}

export interface JournalOptions {
  readonly store: EventStore;
  readonly ref: AggregateRef;
  /** Tells this handling apart from every other, in this process and elsewhere. */
  readonly runner: string;
  /** True where this process appended last, as far as it knows: then nobody has to be fenced out. */
  readonly isHeld: boolean;
  /** Whether what is recorded at once is better appended at once. */
  appendsTogether(): boolean;
}

/** What one handling of one command has seen of a run, and has yet to append. */
export class Journal {
  readonly #options: JournalOptions;
  #seen: Seen;
  /** Each stands for itself: a run that stops behind any of them goes on from there. */
  #pending: (readonly JournalEvent[])[] = [];
  #activated: boolean;
  #appended = false;

  constructor(options: JournalOptions, seen: Seen) {
    this.#options = options;
    this.#seen = seen;
    this.#activated = options.isHeld;
  }

  /** As it stands in the log. */
  get seen(): Seen {
    return this.#seen;
  }

  /** As it stands with what is yet to be appended. */
  get state(): ExecutionState {
    return this.#pending.flat().reduce(evolve, this.#seen.state);
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

  /** Of the last event that is in the log, in the audit stream. */
  get sequence(): number {
    return this.#seen.head.sequence;
  }

  /** What a command from outside did to the run. */
  observe(events: readonly JournalEvent[]): void {
    if (events.length > 0) this.#pending.push(events);
  }

  /** What the run does itself; the first time after the mark that fences out every other runner. */
  record(...events: readonly JournalEvent[]): void {
    const { runner } = this.#options;
    if (!this.#activated) this.#pending.push([executionActivated.of({ runner })]);
    this.#activated = true;
    this.observe(events);
  }

  /** @throws AppError `conflict` when another runner has appended since. */
  async flush(context: MessageContext): Promise<void> {
    const { store, ref } = this.#options;
    if (this.#options.appendsTogether()) this.#pending = [this.#pending.flat()];
    for (;;) {
      const [next, ...rest] = this.#pending;
      if (next === undefined || next.length === 0) return;
      this.#seen = grown(this.#seen, await store.append(ref, this.#seen.head, next, context));
      this.#pending = rest;
      this.#appended = true;
    }
  }
}
