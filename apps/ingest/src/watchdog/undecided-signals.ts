import { sourceIn } from '@signalbox/messaging';
import { Recent } from './recent.ts';

/** Most messages kept; some 600 bytes each. */
const UNDECIDED_MAX = 100_000;
/** A repeat of one of these is known to be decided the moment it is seen; some 100 bytes each. */
const DECIDED_KEPT = 50_000;
const DEAD_KEPT = 10_000;
/** A signal that was given to the router and is not seen to be decided is looked up after this. */
const LOOK_FIRST_MS = 2_000;
const LOOK_LAST_MS = 60_000;

/** A message of the stream SIGNALS. */
export interface AcceptedSignal {
  readonly sequence: number;
  readonly signalId: string;
  /** True when it is the id that the place gives, and the body, not read yet, may name another. */
  readonly isIdAssumed: boolean;
  readonly subject: string;
  /** When it was stored, as epoch milliseconds. */
  readonly acceptedAt: number;
}

interface Undecided extends AcceptedSignal {
  signalId: string;
  isIdAssumed: boolean;
  lookPauseMs: number;
  /** When it is worth looking it up, as epoch milliseconds. */
  lookAt: number;
  reported: boolean;
}

/**
 * Which signals were accepted and are neither decided nor a dead letter, as far as is seen. One
 * signal may come in several messages; its decision settles them all, a dead letter one of them.
 */
export class UndecidedSignals {
  /** By sequence, and so in the order in which they were accepted. */
  readonly #messages = new Map<number, Undecided>();
  readonly #sequencesOf = new Map<string, Set<number>>();
  readonly #sources = new Map<string, Map<number, Undecided>>();
  readonly #decidedLately = new Recent<string>(DECIDED_KEPT);
  readonly #deadLately = new Recent<number>(DEAD_KEPT);

  get size(): number {
    return this.#messages.size;
  }

  get isFull(): boolean {
    return this.#messages.size >= UNDECIDED_MAX;
  }

  /** When the one was accepted that waits longest, as epoch milliseconds. */
  get oldestAt(): number | undefined {
    return first(this.#messages)?.acceptedAt;
  }

  /** How many of one source wait, by its name in subjects, and since when. */
  ofSource(source: string): { readonly count: number; readonly oldestAt: number | undefined } {
    const messages = this.#sources.get(source);
    return { count: messages?.size ?? 0, oldestAt: messages && first(messages)?.acceptedAt };
  }

  accepted(signal: AcceptedSignal): void {
    const { sequence, signalId, subject, acceptedAt } = signal;
    if (this.#decidedLately.has(signalId) || this.#deadLately.has(sequence)) return;
    if (this.#messages.has(sequence)) return;
    const lookAt = acceptedAt + LOOK_FIRST_MS;
    const message = { ...signal, lookPauseMs: LOOK_FIRST_MS, lookAt, reported: false };
    this.#messages.set(sequence, message);
    entryOf(this.#sequencesOf, signalId, () => new Set<number>()).add(sequence);
    entryOf(this.#sources, sourceIn(subject), () => new Map<number, Undecided>()).set(
      sequence,
      message,
    );
  }

  /**
   * The id of a message is not assumed any more.
   * @returns undefined when it does not wait for a decision, as is known now.
   */
  identified({ sequence }: AcceptedSignal, signalId: string): AcceptedSignal | undefined {
    const message = this.#messages.get(sequence);
    if (!message) return undefined;
    drop(this.#sequencesOf, message.signalId, sequence);
    entryOf(this.#sequencesOf, signalId, () => new Set<number>()).add(sequence);
    message.signalId = signalId;
    message.isIdAssumed = false;
    if (this.#decidedLately.has(signalId)) this.#forget(sequence);
    return this.#messages.get(sequence);
  }

  decided(signalId: string): void {
    this.#decidedLately.add(signalId);
    for (const sequence of this.#sequencesOf.get(signalId) ?? []) this.#forget(sequence);
  }

  deadLettered(sequence: number): void {
    this.#deadLately.add(sequence);
    this.#forget(sequence);
  }

  /**
   * Signals, up to a sequence, whose decision should have been seen by now and was not: repeats of
   * what was decided long ago, decisions that were missed, and those that really have none. Each
   * is told again after a pause that doubles.
   */
  doubtful(now: number, upTo: number, max: number): readonly AcceptedSignal[] {
    const found: AcceptedSignal[] = [];
    for (const message of this.#messages.values()) {
      if (message.sequence > upTo || found.length === max) break;
      if (message.lookAt > now) continue;
      message.lookAt = now + message.lookPauseMs;
      message.lookPauseMs = Math.min(2 * message.lookPauseMs, LOOK_LAST_MS);
      found.push(message);
    }
    return found;
  }

  /** Signals accepted before a time, as epoch milliseconds, that were not reported yet. */
  unreported(before: number, max: number): readonly AcceptedSignal[] {
    const found: AcceptedSignal[] = [];
    for (const message of this.#messages.values()) {
      if (message.acceptedAt > before || found.length === max) break;
      if (!message.reported) found.push(message);
    }
    return found;
  }

  reported({ sequence }: AcceptedSignal): void {
    const message = this.#messages.get(sequence);
    if (message) message.reported = true;
  }

  #forget(sequence: number): void {
    const message = this.#messages.get(sequence);
    if (!message) return;
    this.#messages.delete(sequence);
    const { signalId, subject } = message;
    drop(this.#sequencesOf, signalId, sequence);
    drop(this.#sources, sourceIn(subject), sequence);
  }
}

function entryOf<V>(entries: Map<string, V>, key: string, make: () => V): V {
  let entry = entries.get(key);
  if (entry === undefined) entries.set(key, (entry = make()));
  return entry;
}

/** Takes `member` out of an entry, and out with the entry when it was the last. */
function drop(
  entries: Map<string, Set<number> | Map<number, unknown>>,
  key: string,
  member: number,
) {
  const entry = entries.get(key);
  entry?.delete(member);
  if (entry?.size === 0) entries.delete(key);
}

function first<T>(messages: ReadonlyMap<unknown, T>): T | undefined {
  return messages.values().next().value;
}
