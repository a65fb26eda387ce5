import { headers, type Msg, type NatsConnection } from '@nats-io/nats-core';

const ANSWER_MS = 5_000;

/** What becomes of a request; `send` carries it out and gives the answer. */
export type Fault = (send: () => Promise<Msg>) => Promise<Msg>;

/** The server does what it is asked to, and its word of it gets lost. */
export const answerLost: Fault = async (send) => {
  await send();
  throw new Error('the answer got lost');
};

export const requestLost: Fault = () => Promise.reject(new Error('the request got lost'));

export interface FaultyConnection {
  /** Works like the one it was made of, but for the faults. */
  readonly connection: NatsConnection;
  /** The next `count` requests on subjects of this beginning meet `fault`. */
  inject(subjectPrefix: string, count: number, fault: Fault): void;
  /** How many of them are still to come. */
  readonly left: number;
}

export function faultyConnection(inner: NatsConnection): FaultyConnection {
  let prefix = '';
  let left = 0;
  let fault = requestLost;
  const request: NatsConnection['request'] = (subject, ...rest) => {
    const send = (): Promise<Msg> => inner.request(subject, ...rest);
    if (left === 0 || !subject.startsWith(prefix)) return send();
    left--;
    return fault(send);
  };
  const publish: NatsConnection['publish'] = (subject, payload, options = {}) => {
    const { reply, ...rest } = options;
    if (reply === undefined || left === 0 || !subject.startsWith(prefix)) {
      return inner.publish(subject, payload, options);
    }
    // Who asks hears at once that there is no answer, as if nobody listened.
    void request(subject, payload, { ...rest, timeout: ANSWER_MS }).then(
      ({ data }) => inner.publish(reply, data),
      () => inner.isClosed() || inner.publish(reply, '', { headers: headers(503, 'lost') }),
    );
  };
  const connection = new Proxy(inner, {
    get: (target, name) => {
      if (name === 'request') return request;
      if (name === 'publish') return publish;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return {
    connection,
    inject: (...injected) => {
      [prefix, left, fault] = injected;
    },
    get left() {
      return left;
    },
  };
}
