import { boundedJson, exactJson } from './parsed-json.ts';

it.each([
  '{"a":[1,2.5,"x",null]}',
  'null',
  '"12345678901234567890"',
  '0.1234567890123456789',
  '-0',
])('answers with the value of %s', (text) => {
  expect(exactJson(text)).toEqual(JSON.parse(text));
  expect(boundedJson(text)).toEqual(JSON.parse(text));
});

it.each(['', '{', 'ok', '1n'])('%j is none', (text) => {
  expect([exactJson(text), boundedJson(text)]).toEqual([undefined, undefined]);
});

it.each(['12345678901234567890', '{"a":[{"id":9007199254740993}]}', '[1e999]', '[-1e400]', '1E21'])(
  'GTW-3: a number of %s would be another than it was',
  (text) => {
    expect(exactJson(text)).toBeUndefined();
    expect(boundedJson(text)).toEqual(JSON.parse(text));
  },
);

it('GTW-3: what would take seconds to read is not read', () => {
  const lists = `[${'[],'.repeat(1_000_000)}[]]`;
  const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
  for (const text of [lists, deep]) {
    expect(boundedJson(text)).toBeUndefined();
    expect(exactJson(text)).toBeUndefined();
  }
  const text = JSON.stringify(['[,'.repeat(1_000_000), '\\",']);
  expect(boundedJson(text)).toEqual(JSON.parse(text));
});
