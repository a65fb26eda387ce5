import type { Reserved } from '../execution.state.ts';

const MICROS = 1_000_000;

export const NOTHING: Reserved = { tokens: 0, usd: 0 };

export function plus(a: Reserved, b: Reserved): Reserved {
  return { tokens: a.tokens + b.tokens, usd: inMicros(a.usd + b.usd) };
}

export function minus(a: Reserved, b: Reserved): Reserved {
  return { tokens: a.tokens - b.tokens, usd: inMicros(a.usd - b.usd) };
}

/** Whole millionths of a dollar, so that many small sums do not drift. */
function inMicros(usd: number): number {
  return Math.round(usd * MICROS) / MICROS;
}
