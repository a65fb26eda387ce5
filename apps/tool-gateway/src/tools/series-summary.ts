const BLOCKS = '▁▂▃▄▅▆▇█';
const COLUMNS_MAX = 40;
/** Less than this share of the largest value is no trend. */
const FLAT_SHARE = 0.05;

export type Trend = 'rising' | 'falling' | 'flat';

/** A series in few words. Samples that are no finite number are left out. */
export interface SeriesSummary {
  readonly points: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly trend: Trend;
  readonly sparkline: string;
}

/** Absent when there is no finite number. `values` in the order of time, evenly spaced. */
export function summaryOf(values: readonly number[]): SeriesSummary | undefined {
  const finite = values.filter((value) => Number.isFinite(value));
  const last = finite.at(-1);
  if (last === undefined) return undefined;
  return {
    points: finite.length,
    last,
    min: finite.reduce((a, b) => Math.min(a, b)),
    max: finite.reduce((a, b) => Math.max(a, b)),
    mean: meanOf(finite),
    trend: trendOf(finite),
    sparkline: sparklineOf(finite),
  };
}

/** By the line of least squares: what it gains from the first to the last value. */
function trendOf(values: readonly number[]): Trend {
  const middle = (values.length - 1) / 2;
  const mean = meanOf(values);
  let above = 0;
  let below = 0;
  for (const [i, value] of values.entries()) {
    above += (i - middle) * (value - mean);
    below += (i - middle) ** 2;
  }
  const gain = below === 0 ? 0 : (above / below) * (values.length - 1);
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  if (Math.abs(gain) <= FLAT_SHARE * largest) return 'flat';
  return gain > 0 ? 'rising' : 'falling';
}

function sparklineOf(values: readonly number[]): string {
  const columns = Math.min(COLUMNS_MAX, values.length);
  const means = Array.from({ length: columns }, (_, i) => {
    const at = (column: number) => Math.floor((column * values.length) / columns);
    return meanOf(values.slice(at(i), at(i + 1)));
  });
  const min = means.reduce((a, b) => Math.min(a, b));
  const spread = means.reduce((a, b) => Math.max(a, b)) - min;
  const blockOf = (value: number) =>
    spread === 0 ? 0 : Math.round(((value - min) / spread) * (BLOCKS.length - 1));
  return means.map((value) => BLOCKS[blockOf(value)]).join('');
}

const meanOf = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value / values.length, 0);
