import { RE2JS, RE2Set } from 're2js';
import type { Subject } from './subject.ts';

/** Patterns that are looked for together; should RE2 find one hard, it hurts no more than these. */
const GROUP_SIZE = 16;
/** Of a pattern in a group; larger ones gain little, and are hard more often. */
export const GROUPED_STEPS_MAX = 60;
/** What the states that RE2 finds for a group may take. */
const STATES_BYTES_MAX = 1_048_576;

/** Whether the pattern at a place in the list matches in one of a signal's texts. */
export type GroupMatch = (subject: Subject, index: number) => boolean;

/** Regex patterns in groups that go through a text once for all of their patterns. */
export function regexGroups(patterns: readonly string[]): GroupMatch {
  const groups = Array.from({ length: Math.ceil(patterns.length / GROUP_SIZE) }, (_, i) =>
    groupOf(patterns.slice(i * GROUP_SIZE, (i + 1) * GROUP_SIZE)),
  );
  let latest: { readonly of: Subject; readonly found: ReadonlySet<number>[] } | undefined;
  return (subject, index) => {
    if (latest?.of !== subject) latest = { of: subject, found: [] };
    const group = Math.floor(index / GROUP_SIZE);
    latest.found[group] ??= foundBy(groups[group], subject);
    return latest.found[group].has(index % GROUP_SIZE);
  };
}

function groupOf(patterns: readonly string[]): RE2Set {
  const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE, STATES_BYTES_MAX);
  for (const pattern of patterns) set.add(pattern);
  return set;
}

function foundBy(group: RE2Set | undefined, { views }: Subject): ReadonlySet<number> {
  return new Set(group ? views.flatMap(({ text }) => group.match(text)) : []);
}
