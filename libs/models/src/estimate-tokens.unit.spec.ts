import * as fc from 'fast-check';
import { estimateTokens } from './estimate-tokens.ts';
import type { ModelRequest } from './model.port.ts';
import { outputTokensMaxOf } from './output-limit.ts';
import { someRequest } from './wire-formats.fixture.spec.ts';

const withMessages = (...texts: readonly string[]): ModelRequest => ({
  ...someRequest(''),
  messages: texts.map((text) => ({ role: 'user', text })),
});

describe('estimateTokens', () => {
  it('AGT-6: is at least a token for each byte of whatever the model reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { system } = someRequest('');
        const bytes = Buffer.byteLength(text + system);
        expect(estimateTokens(withMessages(text))).toBeGreaterThanOrEqual(bytes);
      }),
    );
  });

  it.each([
    ['the system prompt', { system: 'x'.repeat(5_000) }],
    ['the tools', { tools: [{ name: 't', description: 'x'.repeat(5_000), inputSchema: {} }] }],
    [
      'what was used',
      {
        messages: [
          {
            role: 'assistant' as const,
            text: '',
            toolUses: [{ id: 'a', name: 't', arguments: { text: 'x'.repeat(5_000) } }],
          },
        ],
      },
    ],
  ])('AGT-6: counts %s', (_, part) => {
    expect(estimateTokens({ ...someRequest(''), ...part })).toBeGreaterThan(5_000);
  });

  it('AGT-6: estimates only what came since a prompt whose size is known', () => {
    const long = 'word '.repeat(10_000);
    const prompt = withMessages(long, long, 'and now?');
    const counted = { messages: 2, promptTokens: 20_100 };
    const estimate = estimateTokens(prompt, counted);
    expect(estimate).toBeGreaterThanOrEqual(20_100 + 'and now?'.length);
    expect(estimate).toBeLessThan(20_300);
  });

  it('AGT-6: takes no count of nothing for one', () => {
    const prompt = withMessages('x'.repeat(5_000), 'and now?');
    const whole = estimateTokens(prompt);
    expect(estimateTokens(prompt, { messages: 1, promptTokens: 0 })).toBe(whole);
  });
});

it.each([
  ['openai', 'gpt-4o-mini', 16_384],
  ['openai', 'gpt-5', 32_000],
  ['anthropic', 'claude-opus-5', 32_000],
  ['deepseek', 'deepseek-chat', 8_192],
  ['openai-compatible', 'qwen', 8_192],
])('AGT-6: %s/%s is asked for at most %i tokens', (provider, model, tokens) => {
  expect(outputTokensMaxOf({ provider, model })).toBe(tokens);
});
