export interface Arguments {
  /** One letter each, or the whole name where an option has no letter. */
  readonly flags: ReadonlySet<string>;
  /** Values of the options that take one, in their order. */
  readonly values: readonly (readonly [letter: string, value: string])[];
  readonly operands: readonly string[];
}

export interface OptionNames {
  /** Letters of the options that take a value. */
  readonly valued?: string;
  /** Long names and the letter that means the same, if there is one. */
  readonly long?: Readonly<Record<string, string>>;
  /** Stops behind so many. */
  readonly operandsMax?: number;
}

/**
 * Splits what stands behind a command's name as getopt does: letters in one word or many, long
 * names also cut short, options behind operands, and nothing but operands behind `--`.
 * https://www.gnu.org/software/libc/manual/html_node/Getopt.html
 */
export function argumentsOf(words: readonly string[], names: OptionNames): Arguments {
  const { valued = '', long = {}, operandsMax = Infinity } = names;
  const flags = new Set<string>();
  const values: [string, string][] = [];
  const operands: string[] = [];
  let optionsEnd = false;
  for (let at = 0; at < words.length && operands.length < operandsMax; at++) {
    const word = words[at] ?? '';
    if (optionsEnd || word === '-' || !word.startsWith('-')) operands.push(word);
    else if (word === '--') optionsEnd = true;
    else if (word.startsWith('--')) flags.add(letterOf(word.slice(2), long));
    else {
      const letters = [...word].slice(1);
      const valuedAt = letters.findIndex((letter) => valued.includes(letter));
      for (const letter of valuedAt < 0 ? letters : letters.slice(0, valuedAt)) flags.add(letter);
      if (valuedAt < 0) continue;
      const rest = letters.slice(valuedAt + 1).join('');
      values.push([letters[valuedAt] ?? '', rest === '' ? (words[++at] ?? '') : rest]);
    }
  }
  return { flags, values, operands };
}

function letterOf(given: string, long: Readonly<Record<string, string>>): string {
  const [name = ''] = given.split('=');
  const full = name in long ? name : Object.keys(long).find((known) => known.startsWith(name));
  return (full === undefined ? undefined : long[full]) ?? `-${name}`;
}
