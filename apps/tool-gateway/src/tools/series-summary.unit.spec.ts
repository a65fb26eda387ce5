import { summaryOf } from './series-summary.ts';

const range = (length: number, of: (i: number) => number) =>
  Array.from({ length }, (_, i) => of(i));

describe('summary of a series', () => {
  it('GTW-3: says last, min, max, mean, trend and draws it', () => {
    expect(summaryOf([1, 2, 3, 4, 5, 6, 7, 8])).toEqual({
      points: 8,
      last: 8,
      min: 1,
      max: 8,
      mean: 4.5,
      trend: 'rising',
      sparkline: '▁▂▃▄▅▆▇█',
    });
  });

  it.each([
    ['falling', range(50, (i) => 100 - i)],
    ['flat', range(50, (i) => 100 + (i % 2))],
    ['flat', [7]],
    ['flat', [0, 0, 0]],
    ['rising', [-9, -5, -1]],
    ['flat', [5, 9, 5]],
  ])('calls it %s', (trend, values) => {
    expect(summaryOf(values)?.trend).toBe(trend);
  });

  it('draws at most 40 columns and leaves out what is no number', () => {
    const summary = summaryOf([Number.NaN, ...range(200, (i) => i), Number.POSITIVE_INFINITY]);
    expect(summary?.sparkline).toHaveLength(40);
    expect(summary).toMatchObject({ points: 200, last: 199, min: 0 });
    expect(summaryOf([Number.NaN])).toBeUndefined();
    expect(summaryOf([])).toBeUndefined();
  });
});
