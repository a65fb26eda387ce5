import { retryAfterMs } from './retry-after.ts';

describe('when a peer wants to be asked again', () => {
  it.each([
    [undefined, 0],
    ['7', 7_000],
    ['3600', 300_000],
    ['Thu, 01 Jan 2026 12:00:05 GMT', 5_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
    ['soon', 0],
    ['-7', 0],
  ])('%p: in %d ms', (given, ms) => {
    const date = 'Thu, 01 Jan 2026 12:00:00 GMT';
    const headers = new Headers({ date, ...(given !== undefined && { 'retry-after': given }) });
    expect(retryAfterMs(headers)).toBe(ms);
  });
});
