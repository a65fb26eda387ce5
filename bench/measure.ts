/** What a bench found, beside the same thing done by the reference on the same machine. */
export interface Figure {
  readonly value: number;
  readonly unit: string;
  /** What the value is compared with; null where a machine has nothing comparable. */
  readonly reference: string | null;
  /** In the same unit. */
  readonly referenceValue: number | null;
  /** What the project wants, in words. */
  readonly goal: string;
  /** Further figures, by the name they get in the line. */
  readonly more?: Readonly<Record<string, number>>;
}

/** Measures once; what it starts it leaves in `bed`, to be stopped in reverse order. */
export type Bench = (bed: AsyncDisposableStack) => Promise<Figure>;

export function figureLine(name: string, figure: Figure): string {
  const { value, unit, reference, referenceValue, goal, more = {} } = figure;
  const ratio = referenceValue === null ? null : rounded(value / referenceValue);
  return JSON.stringify({
    name,
    value: rounded(value),
    unit,
    reference,
    reference_value: referenceValue === null ? null : rounded(referenceValue),
    ratio,
    goal,
    ...Object.fromEntries(Object.entries(more).map(([key, number]) => [key, rounded(number)])),
  });
}

/**
 * Runs every side `rounds` times in turn, each second round in reverse, so that what else the
 * machine does falls on all of them alike.
 */
export async function inTurns<Side extends string, Sample>(
  rounds: number,
  sides: Readonly<Record<Side, () => Promise<Sample>>>,
): Promise<Record<Side, Sample[]>> {
  const names = Object.keys(sides) as Side[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Side,
    Sample[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      samples[name].push(await sides[name]());
    }
  }
  return samples;
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** By nearest rank: the smallest value that `p` % of all do not exceed. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('nothing was measured');
  return value;
}

/** Calls a second of `inFlight` callers that each call again once they are answered. */
export async function callRate(
  { inFlight, durationMs }: { readonly inFlight: number; readonly durationMs: number },
  callerOf: (index: number) => () => Promise<unknown>,
): Promise<number> {
  const begun = performance.now();
  let calls = 0;
  const callAgain = async (call: () => Promise<unknown>): Promise<void> => {
    while (performance.now() - begun < durationMs) {
      await call();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => callAgain(callerOf(index))));
  return perSecond(calls, performance.now() - begun);
}

export function perSecond(count: number, ms: number): number {
  return (count * 1_000) / ms;
}

/** To three significant digits, or to whole numbers above a thousand. */
function rounded(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(3));
}
