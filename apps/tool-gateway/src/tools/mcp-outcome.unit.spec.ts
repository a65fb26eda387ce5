import { SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client';
import { AddressNotAllowed } from '../http/destination-guard.ts';
import { failureOf } from './mcp-outcome.ts';

const http = (status: number) => new SdkHttpError(SdkErrorCode.SendFailed, 'no', { status });
const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause });
const errno = (code: string) => Object.assign(new Error(code), { code });
const { signal } = new AbortController();
const timeout = new SdkError(SdkErrorCode.RequestTimeout, 'no answer');
const asksBack = new SdkError(SdkErrorCode.CapabilityNotSupported, 'elicitation/create');
const asksOn = new SdkError(SdkErrorCode.InputRequiredRoundsExceeded, 'after 10 rounds');

describe('why a call of an MCP server has no answer', () => {
  it.each([
    ['a session that the server forgot', http(404), 'failed', 'session_lost'],
    ['the same, as older servers say it', http(400), 'failed', 'session_lost'],
    ['an error of the server', http(500), 'failed', 'http_status'],
    ['a redirect', http(302), 'failed', 'redirected'],
    ['nobody there', fetchFailed(errno('ECONNREFUSED')), 'failed', 'connect_failed'],
    ['an inner address', fetchFailed(new AddressNotAllowed('a')), 'failed', 'host_not_allowed'],
    ['a broken connection', fetchFailed(errno('ECONNRESET')), 'interrupted', 'upstream_lost'],
    ['no time left', timeout, 'interrupted', 'timeout'],
    ['a question that nobody answers', asksBack, 'failed', 'input_required'],
    ['questions without an end', asksOn, 'failed', 'input_required'],
    ['a broken protocol', new Error('what?'), 'failed', 'protocol_error'],
  ])('GTW-4: %s', (_, error, status, code) => {
    expect(failureOf(error, signal)).toMatchObject({ status, code });
  });

  it('GTW-4: a halt, and the end of the server, come before all that follows from them', () => {
    const lostBecause = 'it took too much';
    expect(failureOf(timeout, AbortSignal.abort('halted'), lostBecause)).toEqual({
      status: 'interrupted',
      code: 'cancelled',
      message: 'It was stopped, by the kill switch.',
    });
    expect(failureOf(timeout, signal, lostBecause)).toEqual({
      status: 'interrupted',
      code: 'upstream_lost',
      message: 'no answer: it took too much',
    });
  });
});
