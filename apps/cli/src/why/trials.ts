/** Rules that did not match and are shown when not all are asked for: nobody reads hundreds. */
const MISSES_MAX = 5;

export interface Trial {
  readonly name: string;
  readonly matched: boolean;
  /** What matched, or why nothing did. */
  readonly reason: string;
}

/** What is told of a story beyond what most people look for. */
export interface Detail {
  /** Every rule that was tried. */
  readonly all?: boolean | undefined;
}

/** Rules that were tried, in order: those that matched, and of the others the first few. */
export function shownTrials<Each extends Trial>(
  trials: readonly Each[],
  { all }: Detail,
): { readonly shown: readonly Each[]; readonly more?: string } {
  const hidden = all ? [] : trials.filter(({ matched }) => !matched).slice(MISSES_MAX);
  if (hidden.length === 0) return { shown: trials };
  const rules = hidden.length === 1 ? 'rule' : 'rules';
  return {
    shown: trials.filter((trial) => !hidden.includes(trial)),
    more: `and ${hidden.length} more ${rules} that did not match; --all shows them`,
  };
}
