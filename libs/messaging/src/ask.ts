import {
  errors,
  TimeoutError,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Subscription,
} from '@nats-io/nats-core';
import { inboxOf } from './inbox.ts';

/** Of an answer that the server gives itself, because nobody listens. */
const NOBODY_THERE = 503;

export interface AskOptions {
  readonly timeoutMs: number;
  readonly headers?: MsgHdrs;
}

/** One answer that is awaited. */
export interface Awaited {
  /** Where it has to go. */
  readonly subject: string;
  /** The answer, or why there is none. */
  readonly answer: Promise<Msg | Error>;
  /** Then there will be no answer. */
  forget(): void;
}

/**
 * Publishes, and waits for the first answer. The client library's own `request` makes an error, with
 * its stack, for each one that is answered, which is half of its work.
 * @throws TimeoutError, NoRespondersError, ClosedConnectionError, or what the subject is refused for.
 */
export async function ask(
  connection: NatsConnection,
  subject: string,
  payload: Uint8Array | string,
  { timeoutMs, headers }: AskOptions,
): Promise<Msg> {
  const awaited = awaitAnswer(connection, timeoutMs);
  try {
    const reply = awaited.subject;
    connection.publish(subject, payload, headers ? { reply, headers } : { reply });
    const answer = await awaited.answer;
    if (answer instanceof Error) throw answer;
    const isNobodyThere = answer.data.length === 0 && answer.headers?.code === NOBODY_THERE;
    if (isNobodyThere) throw new errors.NoRespondersError(subject);
    return answer;
  } finally {
    awaited.forget();
  }
}

/** For a question that is asked another way. */
export function awaitAnswer(connection: NatsConnection, waitMs: number): Awaited {
  const answers = answersOf.get(connection) ?? new Answers(connection);
  answersOf.set(connection, answers);
  return answers.next(waitMs);
}

const answersOf = new WeakMap<NatsConnection, Answers>();

/** All answers to one connection, on one subscription. */
class Answers {
  readonly #inbox: string;
  readonly #waiting = new Map<string, (answer: Msg | Error) => void>();
  #asked = 0;

  constructor(connection: NatsConnection) {
    this.#inbox = `${inboxOf(connection)}.`;
    const { closed } = connection.subscribe(`${this.#inbox}*`, {
      callback: (error, message) => {
        if (!error) this.#waiting.get(message.subject)?.(message);
      },
    });
    void this.#endWhen(closed).finally(() => answersOf.delete(connection));
  }

  next(waitMs: number): Awaited {
    const subject = `${this.#inbox}${(this.#asked++).toString(36)}`;
    const { promise: answer, resolve } = Promise.withResolvers<Msg | Error>();
    const giveUp = () => resolve(new TimeoutError());
    // Where this process was held up, the answer may be there and not read yet: that comes first.
    const timer = setTimeout(() => setImmediate(giveUp), waitMs);
    const forget = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(subject);
    };
    this.#waiting.set(subject, resolve);
    return { subject, answer, forget };
  }

  async #endWhen(closed: Subscription['closed']): Promise<void> {
    const reason = (await closed) ?? new errors.ClosedConnectionError();
    for (const settle of this.#waiting.values()) settle(reason);
  }
}
