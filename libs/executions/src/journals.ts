import type { EventStore } from '@signalbox/messaging';
import type { ExecutionCommand } from './execution.decider.ts';
import { Journal, readJournal, refOf, type Seen } from './journal.ts';

/** Of runs that wait for a tool; those that were left longest ago are forgotten first. */
const REMEMBERED_BYTES_MAX = 64 * 1024 * 1024;
/**
 * From so many turns at once on, what they append meets others in a batch. Below, an append of
 * several events is a batch of its own, which costs far more than the events one by one.
 */
const TURNS_THAT_FILL_A_BATCH = 20;

/** The journals of the runs that this process carries on, and of those it left waiting for a tool. */
export class Journals {
  readonly #remembered = new Map<string, Seen>();
  #bytes = 0;
  #turns = 0;

  constructor(
    private readonly store: EventStore,
    private readonly rememberedBytesMax = REMEMBERED_BYTES_MAX,
  ) {}

  /**
   * Opens the journal of a run for one turn, which ends with `close`. Where the answer that the run
   * waits for has come to whom it left, the log is not read: if somebody else went on meanwhile,
   * the first append is a conflict. Nothing else is decided on what is only remembered.
   * @param runner tells this turn apart from every other, in this process and elsewhere.
   * @param command absent: whatever is remembered is not to be believed.
   */
  async open(executionId: string, runner: string, command?: ExecutionCommand): Promise<Journal> {
    this.#turns++;
    try {
      const left = this.#forget(executionId);
      const held = left && command && isAnswer(command, left) ? left : undefined;
      const seen = held ?? (await readJournal(this.store, executionId));
      const ref = refOf(executionId);
      const isHeld = held !== undefined;
      const appendsTogether = () => this.#turns >= TURNS_THAT_FILL_A_BATCH;
      return new Journal({ store: this.store, ref, runner, isHeld, appendsTogether }, seen);
    } catch (error) {
      this.#turns--;
      throw error;
    }
  }

  close(): void {
    this.#turns--;
  }

  /** For the answer that the run waits for, if it does. */
  remember({ seen }: Journal): void {
    const { state, bytes } = seen;
    if (!state || state.waiting?.for !== 'tool') return;
    const { executionId } = state.started;
    this.#forget(executionId);
    this.#remembered.set(executionId, seen);
    this.#bytes += bytes;
    for (const oldest of this.#remembered.keys()) {
      if (this.#bytes <= this.rememberedBytesMax) return;
      this.#forget(oldest);
    }
  }

  #forget(executionId: string): Seen | undefined {
    const seen = this.#remembered.get(executionId);
    this.#bytes -= seen?.bytes ?? 0;
    this.#remembered.delete(executionId);
    return seen;
  }
}

/** What a resource's lease says is never remembered: a run that needs one is read anew. */
function isAnswer(command: ExecutionCommand, { state }: Seen): boolean {
  if (command.type !== 'settle_tool' || state?.waiting?.for !== 'tool') return false;
  const needsLease = state.plan.kind === 'agent' && state.plan.resource !== undefined;
  return !needsLease && state.waiting.request.use.callId === command.callId;
}
