import { isDeeperThan, type Json } from '@signalbox/kernel';
import { NESTING_MAX } from '../../http/json-body.ts';

/** JSON within a text; undefined when it is none, or so deep that it is better left as text. */
export function jsonIn(text: string | undefined): Json | undefined {
  try {
    const value = JSON.parse(text ?? '') as Json;
    return isDeeperThan(NESTING_MAX, value) ? undefined : value;
  } catch {
    return undefined;
  }
}
