import { quoted, toArrayText, toJsonText, toText, toTimeText } from './postgres-text.ts';

it('leaves what Postgres can keep as it is', () => {
  expect(toText('a \\u0000 b')).toBe('a \\u0000 b');
  expect(toJsonText({ a: ['\\u0000', '\\ud800', 'ü', '😀'] })).toBe(
    '{"a":["\\\\u0000","\\\\ud800","ü","😀"]}',
  );
});

it('replaces what Postgres refuses, in names too', () => {
  expect(toText('a\0b')).toBe('a\uFFFDb');
  expect(
    JSON.parse(toJsonText({ 'k\0': ['v\0', '\ud800', { deep: '\udfff!' }, 1, null] })),
  ).toEqual({ 'k\uFFFD': ['v\uFFFD', '\uFFFD', { deep: '\uFFFD!' }, 1, null] });
});

it('writes arrays with quotes, backslashes and nulls in them', () => {
  const values = ['plain, {}', 'a "b" \\c', '', 'NULL', null, undefined];
  expect(toArrayText(values, (value) => quoted(String(value)))).toBe(
    '{"plain, {}","a \\"b\\" \\\\c","","NULL",NULL,NULL}',
  );
});

it.each([
  ['2026-11-21T05:06:15.250Z', '2026-11-21T05:06:15.250Z'],
  ['0001-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z'],
  ['0000-12-31T23:00:00.000Z', '0001-12-31T23:00:00.000Z BC'],
  ['-000001-12-31T23:00:00.000Z', '0002-12-31T23:00:00.000Z BC'],
  ['+010000-01-01T00:00:00.000Z', '10000-01-01T00:00:00.000Z'],
])('writes the time %s as %s', (iso, text) => {
  expect(toTimeText(new Date(iso))).toBe(text);
});
