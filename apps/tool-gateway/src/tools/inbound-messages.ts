import {
  isSpecType,
  type JSONRPCMessage,
  ProtocolErrorCode,
  type RequestId,
} from '@modelcontextprotocol/client';
import { AnswerTooLarge } from '../http/answer-extent.ts';
import { readableTools } from './listed-tools.ts';

/** What a server may send without being asked for it: at once, and in the long run. */
const UNASKED_BYTES_MAX = 128_000_000;
const UNASKED_BYTES_PER_S = 4_000_000;
/** A message costs us more than its bytes unless it is left out before it is looked at closely. */
const MESSAGE_COSTS_BYTES = 10_000;
/** Of the notifications those that change anything here; nobody reads logs and progress. */
const HEARD = new Set([
  'notifications/cancelled',
  'notifications/subscriptions/acknowledged',
  'notifications/tools/list_changed',
]);

export const NO_ANSWER = 'it answers with what is no answer of the protocol';

/** The answer to a call will not come. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost';
}

export interface InboundOptions {
  readonly deliver: (message: JSONRPCMessage) => void;
  /** Called when the server is to be ended. */
  readonly end: (because: string) => void;
}

type Fields = Readonly<Record<string, unknown>>;

/** What is let through of the messages of a server, which may send what and as much as it likes. */
export class InboundMessages {
  private readonly asked = new Map<RequestId, string>();
  private spentBytes = 0;
  private spentAt = performance.now();

  constructor(private readonly options: InboundOptions) {}

  /** Has to hear of each message that is sent. */
  sent(message: JSONRPCMessage): void {
    if (!('method' in message)) return;
    if ('id' in message) this.asked.set(message.id, message.method);
    else if (message.method === 'notifications/cancelled') {
      this.forget((message.params as Fields | undefined)?.['requestId'] as RequestId);
    }
  }

  /** Nobody waits for the answer any more. */
  forget(id: RequestId): void {
    this.asked.delete(id);
  }

  /** `bytes` is what it was sent in; absent when it has been looked at closely already. */
  received(value: unknown, bytes?: number): void {
    const costs = (bytes ?? 0) + MESSAGE_COSTS_BYTES;
    if (!isFields(value)) return this.spend(costs);
    if (typeof value['method'] === 'string') return this.unasked(value, costs, bytes);
    const id = value['id'] as RequestId;
    const method = this.asked.get(id);
    if (method === undefined) return this.spend(costs);
    this.asked.delete(id);
    const message = method === 'tools/list' ? readableTools(value) : value;
    if (isSpecType.JSONRPCMessage(message)) return this.options.deliver(message);
    this.fail(id, new Error(NO_ANSWER));
  }

  /** `answered`: the request whose answer it is; `none`: it is no answer; absent: it cannot be told. */
  tooLarge(answered: RequestId | 'none' | undefined): void {
    if (answered === 'none') return;
    const [only] = this.asked.size === 1 ? this.asked.keys() : [];
    const id = answered ?? only;
    const error = new AnswerTooLarge();
    if (id !== undefined) return this.unanswered(id, error);
    if (this.asked.size > 0) this.options.end(`the gateway ended it: it sent ${error.message}`);
  }

  /** Nobody will answer the request, if that has not been done. */
  unanswered(id: RequestId, because: Error): void {
    if (this.asked.delete(id)) this.fail(id, because);
  }

  /** Counts what was sent that nobody asked for. */
  spend(bytes: number): void {
    const now = performance.now();
    const regained = ((now - this.spentAt) / 1_000) * UNASKED_BYTES_PER_S;
    this.spentAt = now;
    this.spentBytes = Math.max(0, this.spentBytes - regained) + bytes;
    if (this.spentBytes <= UNASKED_BYTES_MAX) return;
    const most = `${UNASKED_BYTES_MAX} bytes or ${UNASKED_BYTES_MAX / MESSAGE_COSTS_BYTES} messages`;
    this.options.end(`the gateway ended it: it sent more than ${most} that nobody asked for`);
  }

  private unasked(value: Fields, costs: number, bytes = costs): void {
    const counts = 'id' in value || HEARD.has(value['method'] as string);
    this.spend(counts ? costs : bytes);
    if (counts && isSpecType.JSONRPCMessage(value)) this.options.deliver(value);
  }

  private fail(id: RequestId, because: Error): void {
    const error = {
      code: ProtocolErrorCode.InvalidRequest,
      message: because.message,
      data: because,
    };
    this.options.deliver({ jsonrpc: '2.0', id, error });
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
