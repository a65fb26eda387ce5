import { RE2JS } from 're2js';

/**
 * Of RE2's program: at worst each of its steps is looked at for each character, and one for a class
 * of many ranges, such as all letters of Unicode, ten times. A pattern without counted repetitions
 * has about as many steps as characters.
 */
const STEPS_MAX = 1_000;
/** What the states that RE2 finds for one pattern may take; past it, it starts them over. */
const STATES_BYTES_MAX = 262_144;

/** An escape, a class in brackets, a group's bounds, a counted repetition, or a character. */
const PIECE =
  /\\(?:[pPxX]\{[^}]*\}|[^])|\[\^?\]?(?:\\[^]|\[:\w+:\]|[^\]\\])*\]|(\((?:\?(?:P?<\w+>|[\w-]*:))?)|(\))|\{(\d+)(?:(,)(\d*))?\}|[^]/g;

/**
 * A pattern in RE2's syntax, which matches in a time linear in the text, whoever wrote either.
 * @throws Error that says why it cannot be taken: its syntax, or a size that would make it slow.
 */
export function compileRegex(pattern: string, flags = RE2JS.CASE_INSENSITIVE): RE2JS {
  // Before RE2 writes it out, which alone may take a second and 100 MB.
  if (expansionOf(pattern) > 2 * STEPS_MAX) throw tooLarge();
  const regex = RE2JS.compile(pattern, flags);
  if (stepsOf(regex) > STEPS_MAX) throw tooLarge();
  const { dfa } = regex.re2();
  dfa.maxMem = dfa.stateBudget = dfa.memBudget = STATES_BYTES_MAX;
  return regex;
}

/** In its ranges RE2 looks by halves. */
export function stepsOf(regex: RE2JS): number {
  const { inst } = regex.re2().prog as { inst: { runes: ArrayLike<number> }[] };
  return inst.reduce(
    (sum, { runes }) => sum + Math.max(1, Math.floor(Math.log2(runes.length / 2))),
    0,
  );
}

/** About how many steps a pattern has once its counted repetitions are written out. */
function expansionOf(pattern: string): number {
  const groups = [0];
  let last = 0;
  const grow = (size: number) => groups.push((groups.pop() ?? 0) + size);
  for (const [, open, close, least, comma, most] of pattern.matchAll(PIECE)) {
    if (open !== undefined) groups.push(0);
    else if (least !== undefined) {
      const times = Math.max(Number(least) + (comma === undefined ? 0 : 1), Number(most ?? 0));
      grow(last * (times - 1));
      last *= times;
    } else {
      last = close !== undefined && groups.length > 1 ? (groups.pop() ?? 0) + 1 : 1;
      grow(last);
    }
  }
  return groups.reduce((sum, size) => sum + size, 0);
}

function tooLarge(): Error {
  return new Error(`written out, it has more than ${STEPS_MAX} steps; make it several rules`);
}
