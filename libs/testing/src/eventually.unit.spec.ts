import { eventually } from './eventually.ts';

it('asks again until there is an answer, and gives it', async () => {
  const answers = [false, undefined, 0];
  expect(await eventually(() => answers.shift())).toBe(0);
  expect(answers).toEqual([]);
});

it('gives up after the limit, saying what it waited for', async () => {
  const never = eventually(async () => false, 30, 'a moon of cheese');
  await expect(never).rejects.toThrow('not so within 30 ms: a moon of cheese');
});

it('does not hide what the condition throws', async () => {
  await expect(eventually(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
