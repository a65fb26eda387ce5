import type { Budget } from '@signalbox/contracts';
import * as fc from 'fast-check';
import { type CallEstimate, fitCall, type Standing } from './fit-call.ts';

/** Prompts cost a dollar for a million tokens, answers ten. */
const usdMax = (prompt: number, output: number) => (prompt + 10 * output) / 1_000_000;
const call: CallEstimate = {
  candidates: [{ provider: 'openai', model: 'm' }],
  promptTokensMax: 1_000,
  outputTokensMax: 8_000,
  usdMax,
};
const standing = (budget: Budget, tokens = 0, usd = 0): Standing => ({
  scope: 'source',
  of: 'chat',
  budget,
  used: { tokens, usd },
});

describe('fitCall', () => {
  it('AGT-6: sets nothing aside, and limits no answer, without a budget', () => {
    expect(fitCall(call, [])).toEqual({ admitted: true });
    expect(fitCall(call, [standing({})])).toEqual({ admitted: true });
  });

  it('AGT-6: an answer may be as long as its model lets it where there is room', () => {
    expect(fitCall(call, [standing({ tokens: 9_000 })])).toEqual({
      admitted: true,
      tokensReserved: 9_000,
      usdReserved: 0.081,
      outputTokensMax: 8_000,
    });
  });

  it('AGT-6: an answer is limited to what is left of the scarcest budget', () => {
    const dear = standing({ usd: 1 }, 0, 0.97);
    expect(fitCall(call, [standing({ tokens: 10_000 }, 4_000)])).toMatchObject({
      tokensReserved: 6_000,
      outputTokensMax: 5_000,
    });
    expect(fitCall(call, [standing({ tokens: 10_000 }), dear])).toMatchObject({
      usdReserved: 0.03,
      outputTokensMax: 2_900,
    });
  });

  it('AGT-6: says which budget has no room, whose it is and how it stands', () => {
    const open = standing({ tokens: 100_000 });
    expect(fitCall(call, [open, standing({ tokens: 10_000 }, 9_000)])).toEqual({
      admitted: false,
      reached: { scope: 'source', unit: 'tokens', limit: 10_000, spent: 9_000, wanted: 1_500 },
      detail:
        'The budget of source chat for a day is 10000 tokens; 9000 are used or set aside, ' +
        'and the next model call could use 1500.',
    });
  });

  it('AGT-6: refuses what nobody knows the price of, under a budget in US dollars only', () => {
    const unknown = { ...call, usdMax: () => undefined };
    expect(fitCall(unknown, [standing({ usd: 1_000 })])).toMatchObject({
      admitted: false,
      reached: { unit: 'usd', limit: 1_000, spent: 0 },
      detail: 'There is a budget of 1000 usd, and what openai/m costs is not known.',
    });
    expect(fitCall(unknown, [standing({ tokens: 10_000 })])).toEqual({
      admitted: true,
      tokensReserved: 9_000,
      outputTokensMax: 8_000,
    });
  });

  it('AGT-6, AGT-7: the built-in planner uses nothing, and goes on without a budget', () => {
    const offline = { ...call, promptTokensMax: 0, outputTokensMax: 0, usdMax: () => 0 };
    expect(fitCall(offline, [standing({ tokens: 1, usd: 1 }, 2, 2)])).toEqual({
      admitted: true,
      tokensReserved: 0,
      usdReserved: 0,
    });
  });

  it('AGT-6: never sets aside more than is left, and leaves no room that it could give', () => {
    const some = fc.nat(20_000);
    fc.assert(
      fc.property(some, some, some, (limit, used, prompt) => {
        const asked = { ...call, promptTokensMax: prompt };
        const fit = fitCall(asked, [standing({ tokens: limit }, used)]);
        const most = Math.min(limit - used, prompt + 8_000);
        const expected =
          most < prompt + 500
            ? { admitted: false }
            : { admitted: true, tokensReserved: most, outputTokensMax: most - prompt };
        expect(fit).toMatchObject(expected);
      }),
    );
  });
});
