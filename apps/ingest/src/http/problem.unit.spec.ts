import { BadRequestException, HttpException } from '@nestjs/common';
import { AppError } from '@signalbox/kernel';
import { problemOf } from './problem.ts';
import { TooManyRequests } from './too-many-requests.ts';

describe('a problem document', () => {
  it('says what was wrong with which field', () => {
    const fields = [{ field: 'title', problem: 'is missing' }];
    const error = new AppError({ code: 'invalid_input', kind: 'invalid', message: 'm', fields });
    expect(problemOf(error)).toEqual({
      type: 'urn:signalbox:problem:invalid-input',
      title: 'Unprocessable Entity',
      status: 422,
      detail: 'm',
      errors: fields,
    });
  });

  it('takes the status of errors of HTTP itself', () => {
    const malformed = new BadRequestException('m', { errorCode: 'malformed_json' });
    expect(problemOf(malformed)).toMatchObject({
      status: 400,
      type: 'urn:signalbox:problem:malformed-json',
    });
    const large = new HttpException('Request body is too large', 413, {
      cause: { code: 'FST_ERR_CTP_BODY_TOO_LARGE' },
    });
    expect(problemOf(large)).toMatchObject({
      status: 413,
      title: 'Payload Too Large',
      errors: [{ field: '' }],
    });
  });

  it('OPS-2: of too many requests says when to come again', () => {
    const message = 'Rate limit exceeded. Max 30 requests/minute for this endpoint.';
    const limited = new TooManyRequests({ code: 'limited', message, retryAfterSeconds: 60 });
    expect(problemOf(limited)).toMatchObject({
      status: 429,
      title: 'Too Many Requests',
      detail: message,
      retry_after_seconds: 60,
    });
    expect(problemOf(new Error('x'))).not.toHaveProperty('retry_after_seconds');
  });

  it('a request that broke off is no error of ours', () => {
    const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    expect(problemOf(aborted)).toMatchObject({ status: 400 });
  });

  it('tells nothing of our inside', () => {
    const problem = problemOf(new TypeError('password=hunter2 is undefined'));
    expect(problem.status).toBe(500);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });
});
