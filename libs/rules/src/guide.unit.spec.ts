import { type Rule, ruleSchema } from '@signalbox/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { matches } from './signals.fixture.spec.ts';

const examples = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../docs/guides/examples/patterns.json'), 'utf8'),
) as { pattern: string; pattern_type: Rule['patternType'] }[];

it('RUL-1: the guide has an example of each pattern type', () => {
  const shown = examples.map((example) => example.pattern_type);
  expect(shown.toSorted()).toEqual(ruleSchema.shape.patternType.unwrap().options.toSorted());
});

it.each(examples)('RUL-1: the guide’s $pattern_type pattern $pattern matches', (example) => {
  const { pattern, pattern_type: patternType } = example;
  expect(matches({ pattern, patternType })).toBe(true);
});
