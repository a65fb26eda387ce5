import { argumentRefusal, validatorOf } from './refusal.ts';

const needs = (name: string) => ({ type: 'object', required: [name], properties: {} });

it('compiles a schema once, however many runs have a copy of it', () => {
  const first = validatorOf(needs('a'));
  expect(validatorOf(needs('a'))).toBe(first);
  expect(validatorOf({ required: ['a'], properties: {}, type: 'object' })).toBe(first);
  expect(validatorOf(needs('b'))).not.toBe(first);
});

it('forgets the schemas that were not used for longest', () => {
  const first = validatorOf(needs('first'));
  const second = validatorOf(needs('second'));
  for (let n = 0; n < 499; n++) {
    validatorOf(needs(`n${n}`));
    validatorOf(needs('first'));
  }
  expect(validatorOf(needs('first'))).toBe(first);
  expect(validatorOf(needs('second'))).not.toBe(second);
});

it('refuses what does not fit, and what an unusable schema says nothing of', () => {
  expect(argumentRefusal(needs('a'), { a: 1 })).toBeUndefined();
  expect(argumentRefusal(needs('a'), {})).toMatchObject({ clause: 'invalid_arguments' });
  for (const _ of [1, 2]) {
    expect(argumentRefusal({ type: 'no such type' }, {})).toMatchObject({
      message: expect.stringContaining('is unusable'),
    });
  }
});
