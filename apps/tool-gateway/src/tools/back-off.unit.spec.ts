import { BackOff } from './back-off.ts';

describe('when a server is started again', () => {
  it('GTW-4: is later after each start that came to nothing, 30 s at the latest', () => {
    const backOff = new BackOff();
    const waits = Array.from({ length: 9 }, () => {
      backOff.ended(0, 1_000);
      return backOff.waitMs(1_000);
    });
    expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it('GTW-4: is at once after one that served for long', () => {
    const backOff = new BackOff();
    backOff.ended(0, 0);
    backOff.ended(60_000, 60_000);
    expect([backOff.waitMs(60_000), backOff.failures]).toEqual([0, 0]);
  });
});
