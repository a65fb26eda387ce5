import { isDeeperThan, type Json } from '@signalbox/kernel';

/** As deep as a body may be. */
const NESTING_MAX = 64;

/** JSON within a text; undefined when it is none, or so deep that it is better left as text. */
export function jsonIn(text: string | undefined): Json | undefined {
  try {
    const value = JSON.parse(text ?? '') as Json;
    return isDeeperThan(NESTING_MAX, value) ? undefined : value;
  } catch {
    return undefined;
  }
}
