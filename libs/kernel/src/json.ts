import { z } from 'zod';

export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * Any JSON value. Not walked: what comes off the wire was parsed as JSON, and what our own code
 * makes is held by the type; a walk would cost a stack frame for each level of a hostile payload.
 */
export const json = z.custom<Json>((value) => value !== undefined, 'is missing');
export const jsonObject = z.record(z.string(), json) as z.ZodType<JsonObject>;

/**
 * Whether more than `depth` arrays and objects stand within each other around some value.
 * Level by level, not by recursion, which is what deep input is made to exhaust.
 */
export function isDeeperThan(depth: number, value: unknown): boolean {
  let level = [value];
  for (let i = 0; i <= depth && level.length > 0; i++) {
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item) : [],
    );
  }
  return level.length > 0;
}

/**
 * Whether a number that was read from JSON may be the one that was written. JSON has whole numbers of
 * any size, JavaScript those up to 2^53.
 */
export function isKept(read: number): boolean {
  return Number.isSafeInteger(read) || (Number.isFinite(read) && read % 1 !== 0);
}

/** JSON within a text; undefined when it is none, or deeper than `depth`, so better left as text. */
export function jsonIn(text: string | undefined, depth: number): Json | undefined {
  try {
    const value = JSON.parse(text ?? '') as Json;
    return isDeeperThan(depth, value) ? undefined : value;
  } catch {
    return undefined;
  }
}
