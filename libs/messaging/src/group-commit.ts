import type { NatsConnection } from '@nats-io/nats-core';
import {
  publishBatch,
  publishOne,
  type OutgoingMessage,
  type PublishOutcome,
} from './batch-publisher.ts';

/**
 * A batch costs as much as this many publishes by themselves. On one replica the server makes a
 * file for each batch: measured with fsync on, a batch takes 10 ms and 0.03 ms for each message, a
 * publish by itself 0.25 ms.
 */
const PUBLISHES_PER_BATCH = 40;
/** Half of what the server allows: a larger batch gains little, and is halved at a conflict. */
const BATCH_MESSAGES = 500;
/** Keeps one batch well under the connection's buffers. */
const BATCH_BYTES = 4 * 1024 * 1024;
/** Appends that may be under way outside of a batch; more wait, and so become a batch. */
const SINGLES_IN_FLIGHT_MAX = 8;
/** Appends that may be unsettled. Beyond it the writer is told at once, before memory is short. */
const APPENDS_UNSETTLED_MAX = 20_000;

/** Messages that are stored together or not at all, and contiguous. */
export interface Append {
  /** What a batch must not hold twice: the guarded subject, or a message id. */
  readonly subject: string;
  readonly messages: readonly OutgoingMessage[];
  /** Of the messages together, headers included. */
  readonly bytes: number;
}

interface Member extends Append {
  settle(outcome: PublishOutcome): void;
}

/**
 * Group commit: the server syncs a batch to disk once, so independent appends that wait at the
 * same time travel as one atomic batch, each with its own guard on its own subject. A batch with a
 * conflict is refused whole; it is then halved until the loser stands alone, so that no append
 * ever fails because of another.
 */
export class GroupCommit {
  readonly #connection: NatsConnection;
  /** Subjects with an append under way, and those that stand behind it. */
  readonly #lanes = new Map<string, Member[]>();
  readonly #waiting: Member[] = [];
  /** They stood behind another append, so their guard hardly holds: they would spoil a batch. */
  readonly #contended: Member[] = [];
  #unsettled = 0;
  #singlesInFlight = 0;
  #batchInFlight = false;
  #scheduled = false;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  commit(append: Append): Promise<PublishOutcome> {
    if (this.#unsettled >= APPENDS_UNSETTLED_MAX) {
      return Promise.resolve({ status: 'refused', errorCode: 0, reason: 'too many appends wait' });
    }
    this.#unsettled++;
    return new Promise((resolve) => {
      const settle = (outcome: PublishOutcome): void => {
        this.#unsettled--;
        this.#leave(append.subject);
        resolve(outcome);
      };
      this.#enter({ ...append, settle });
    });
  }

  #enter(member: Member): void {
    const lane = this.#lanes.get(member.subject);
    if (lane) {
      lane.push(member);
      return;
    }
    this.#lanes.set(member.subject, []);
    this.#waiting.push(member);
    this.#schedule();
  }

  #leave(subject: string): void {
    const next = this.#lanes.get(subject)?.shift();
    if (!next) {
      this.#lanes.delete(subject);
      return;
    }
    this.#contended.push(next);
    this.#schedule();
  }

  /** Sends at the end of this turn, so that appends that come together are seen together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#sendAlone(this.#contended);
      if (this.#batchInFlight) return;
      if (areCheaperTogether(this.#waiting)) this.#sendTogether();
      else this.#sendAlone(this.#waiting);
    });
  }

  #sendAlone(queue: Member[]): void {
    while (this.#singlesInFlight < SINGLES_IN_FLIGHT_MAX) {
      const member = queue.shift();
      if (!member) return;
      this.#singlesInFlight++;
      void this.#commitAlone(member).finally(() => {
        this.#singlesInFlight--;
        this.#schedule();
      });
    }
  }

  #sendTogether(): void {
    this.#batchInFlight = true;
    const members = this.#waiting.splice(0, fitting(this.#waiting));
    void this.#commitTogether(members).finally(() => {
      this.#batchInFlight = false;
      this.#schedule();
    });
  }

  async #commitTogether(members: readonly Member[]): Promise<void> {
    if (!areCheaperTogether(members)) {
      await Promise.all(members.map((member) => this.#commitAlone(member)));
      return;
    }
    const messages = members.flatMap((member) => member.messages);
    const outcome = await publishBatch(this.#connection, messages);
    if (outcome.status === 'stored') return settleStored(members, outcome.sequence);
    if (outcome.status === 'unknown') return members.forEach((member) => member.settle(outcome));
    const middle = members.length >> 1;
    await this.#commitTogether(members.slice(0, middle));
    await this.#commitTogether(members.slice(middle));
  }

  async #commitAlone({ messages, settle }: Member): Promise<void> {
    const [first, second] = messages;
    const single = first !== undefined && second === undefined;
    settle(
      single
        ? await publishOne(this.#connection, first)
        : await publishBatch(this.#connection, messages),
    );
  }
}

/** Alone, an append of several messages needs a batch of its own. */
function areCheaperTogether(members: readonly Member[]): boolean {
  const batches = members.filter((member) => member.messages.length > 1).length;
  return batches + (members.length - batches) / PUBLISHES_PER_BATCH > 1;
}

/** How many appends from the front fit into one batch; at least one. */
function fitting(members: readonly Member[]): number {
  let messages = 0;
  let bytes = 0;
  const end = members.findIndex((member) => {
    messages += member.messages.length;
    bytes += member.bytes;
    return messages > BATCH_MESSAGES || bytes > BATCH_BYTES;
  });
  return end === -1 ? members.length : Math.max(end, 1);
}

/** The sequences of a batch are contiguous, and `last` is that of its last message. */
function settleStored(members: readonly Member[], last: number): void {
  let sequence = last - members.reduce((count, member) => count + member.messages.length, 0);
  for (const member of members) {
    sequence += member.messages.length;
    member.settle({ status: 'stored', sequence });
  }
}
