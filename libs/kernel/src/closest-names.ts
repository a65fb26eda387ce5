const NAMES_MAX = 3;
/** Of each name; what is longer differs enough before that. */
const CHARACTERS_MAX = 100;

/** The names that share most with `asked`, the closest first: none of less than `likenessMin`, 0 to 1. */
export function closestTo(
  asked: string,
  names: readonly string[],
  likenessMin = 0,
): readonly string[] {
  const pairs = pairsOf(asked);
  return names
    .map((name) => ({ name, likeness: likenessOf(pairs, pairsOf(name)) }))
    .filter(({ likeness }) => likeness >= likenessMin)
    .toSorted((a, b) => b.likeness - a.likeness)
    .slice(0, NAMES_MAX)
    .map(({ name }) => name);
}

/** Dice's coefficient of two sets: https://en.wikipedia.org/wiki/Dice-S%C3%B8rensen_coefficient */
function likenessOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  return (2 * [...a].filter((pair) => b.has(pair)).length) / (a.size + b.size);
}

/** Each two neighbours, whatever their case. */
function pairsOf(name: string): ReadonlySet<string> {
  const text = ` ${name.slice(0, CHARACTERS_MAX).toLowerCase()} `;
  return new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
}
