import type { ToolInvocation } from '@signalbox/contracts';
import { isKept } from '@signalbox/kernel';
import type { LimitsConfig } from '../gateway-config/gateway-config.schema.ts';

/** Brackets, commas and colons, at most, for each value. */
const SEPARATOR_BYTES = 4;

/**
 * Why `value` is too much to be looked at any closer; absent when it is not. Walks without
 * recursion, because what comes in may be deeper than the stack.
 */
export function excessOf(value: unknown, limits: LimitsConfig): string | undefined {
  const { argumentsBytesMax, argumentsDepthMax } = limits;
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  let bytes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: item, depth } = next;
    if (depth > argumentsDepthMax) return `deeper than ${argumentsDepthMax} levels`;
    bytes += SEPARATOR_BYTES;
    if (item === null || typeof item !== 'object') {
      bytes += bytesOf(item, argumentsBytesMax);
    } else {
      const named = !Array.isArray(item);
      for (const [key, member] of Object.entries(item)) {
        if (named && key === '__proto__') return 'a member named __proto__';
        if (named) bytes += bytesOf(key, argumentsBytesMax);
        open.push({ value: member, depth: depth + 1 });
      }
    }
    if (bytes > argumentsBytesMax) return `larger than ${argumentsBytesMax} bytes`;
  }
  return undefined;
}

/**
 * Which number is not what was written, by its path; absent when all are: a tool would act on another
 * id than it was asked to. Walks by recursion, behind the limit on depth.
 */
export function inexactIn(value: unknown, path = ''): string | undefined {
  if (typeof value === 'number') {
    return isKept(value)
      ? undefined
      : `${path}: a number as large as ${value} has to be given as text`;
  }
  if (value === null || typeof value !== 'object') return undefined;
  for (const [name, member] of Object.entries(value)) {
    const problem = inexactIn(member, path ? `${path}.${name}` : name);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** As JSON; a text that is too long in any case is not written out to be counted. */
function bytesOf(item: unknown, bytesMax: number): number {
  if (typeof item === 'string' && item.length > bytesMax) return item.length;
  return Buffer.byteLength(JSON.stringify(item));
}

/** The invocation as the audit stream can hold it: arguments in excess are named, not kept. */
export function recordable(invocation: ToolInvocation, limits: LimitsConfig): ToolInvocation {
  const excess = excessOf(invocation.arguments, limits);
  return excess === undefined ? invocation : { ...invocation, arguments: { omitted: excess } };
}
