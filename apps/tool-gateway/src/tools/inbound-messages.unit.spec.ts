import type { JSONRPCMessage } from '@modelcontextprotocol/client';
import { AnswerTooLarge } from '../http/answer-extent.ts';
import { InboundMessages } from './inbound-messages.ts';

let delivered: JSONRPCMessage[];
let ended: string[];
let inbound: InboundMessages;

beforeEach(() => {
  delivered = [];
  ended = [];
  inbound = new InboundMessages({
    deliver: (message) => void delivered.push(message),
    end: (because) => void ended.push(because),
  });
});

const ask = (id: number) => inbound.sent({ jsonrpc: '2.0', id, method: 'tools/call', params: {} });
const answerTo = (id: number) => ({ jsonrpc: '2.0', id, result: {} });
const failure = (id: number, data: unknown) => ({ id, error: expect.objectContaining({ data }) });

describe('what is let through of the messages of an MCP server', () => {
  it('GTW-4: answers to what was asked, once, and nothing else that looks like one', () => {
    ask(1);
    for (const value of [answerTo(2), answerTo(1), answerTo(1), null, [], 7, 'text']) {
      inbound.received(value, 10);
    }
    expect(delivered).toEqual([answerTo(1)]);
  });

  it('GTW-4: requests, and the notifications that change anything', () => {
    const said = (method: string, rest: object = {}) => ({ jsonrpc: '2.0', method, ...rest });
    const heard = [said('notifications/tools/list_changed'), said('ping', { id: 'p' })];
    for (const value of [...heard, said('notifications/message'), said('notifications/progress')]) {
      inbound.received(value, 10);
    }
    expect(delivered).toEqual(heard);
  });

  it('GTW-4: a server is ended that sends without end what nobody asked for', () => {
    const sent = (count: number, value: unknown, bytes: number) => {
      for (let i = 0; i < count; i++) inbound.received(value, bytes);
    };
    sent(12_000, {}, 10);
    ask(1);
    inbound.received(answerTo(1), 100_000_000);
    expect(ended).toEqual([]);
    sent(1_000, {}, 10);
    expect(ended[0]).toMatch(/sent more than 128000000 bytes or 12800 messages that nobody asked/);
  });

  it('GTW-4: lines that are skipped and logs that nobody reads count by their length', () => {
    inbound.spend(60_000_000);
    inbound.received({ jsonrpc: '2.0', method: 'notifications/message' }, 60_000_000);
    expect(ended).toEqual([]);
    inbound.spend(20_000_000);
    expect(ended).toHaveLength(1);
  });

  it('GTW-4: of a message that is too large the call is told whose answer it is', () => {
    const tooLarge = expect.any(AnswerTooLarge);
    ask(1);
    ask(2);
    inbound.tooLarge('none');
    inbound.tooLarge(2);
    expect(delivered).toMatchObject([failure(2, tooLarge)]);
    // There is only one left whose it can be.
    inbound.tooLarge(undefined);
    expect(delivered).toMatchObject([failure(2, tooLarge), failure(1, tooLarge)]);
    inbound.tooLarge(undefined);
    inbound.tooLarge(3);
    expect(delivered).toHaveLength(2);
    expect(ended).toEqual([]);
  });

  it('GTW-4: when nobody can say whose answer is too large, the server is ended', () => {
    ask(1);
    ask(2);
    inbound.tooLarge(undefined);
    expect(delivered).toEqual([]);
    expect(ended[0]).toMatch(
      /^the gateway ended it: it sent an answer of more than 20000000 bytes/,
    );
  });
});
