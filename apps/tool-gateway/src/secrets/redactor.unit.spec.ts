import { busyMs } from '@signalbox/testing';
import fc from 'fast-check';
import { Redactor } from './redactor.ts';
import { base64Of, bytesOf, escapers, whole } from './spellings.fixture.spec.ts';

const SECRET = 'hunter2/+ "ä"&=#x';
/** As a key of AWS, or a password in base64. */
const KEY = 'S3cr3t/Env+Slot=value?&x';
/** On a slow machine too; what takes the square of its length takes minutes. */
const LOOK_MAX_MS = 5_000;

function redactorOf(...values: readonly string[]): Redactor {
  const redactor = new Redactor();
  for (const value of values) redactor.register(value);
  return redactor;
}

describe('redactor', () => {
  it.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ a: SECRET })],
    ['in JSON within JSON', JSON.stringify({ a: JSON.stringify({ b: SECRET }) })],
    ['in a URL', `https://a.test/?key=${encodeURIComponent(SECRET)}`],
    ['in a form', new URLSearchParams({ key: SECRET }).toString()],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64 behind one byte', Buffer.from(`u:${SECRET}`).toString('base64')],
    ['in base64 behind two bytes', Buffer.from(`a${SECRET}`).toString('base64')],
    ['in base64 of URLs', Buffer.from(`user:${SECRET}:x`).toString('base64url')],
  ])('GTW-8: takes a secret out %s', (_, text) => {
    const redacted = redactorOf(SECRET).redact(text);
    expect(redacted).toContain('[redacted]');
    expect(redacted).not.toMatch(/hunter2/i);
  });

  it.each([
    ...Object.entries(escapers).map(([name, write]) => [name, write(KEY)]),
    ...Object.entries(whole).map(([name, write]) => [name, write(KEY)]),
    ['JSON of PHP in JSON', JSON.stringify(escapers['JSON of PHP']?.(KEY))],
    ['a URL in a URL', encodeURIComponent(encodeURIComponent(encodeURIComponent(KEY)))],
    ['a URL in HTML in JSON', JSON.stringify(`a&amp;b=${encodeURIComponent(KEY)}`)],
    ['PEM in JSON', JSON.stringify(base64Of('x'.repeat(40) + KEY, 64, '\r\n'))],
    ['MIME in quoted-printable', base64Of('x'.repeat(40) + KEY, 76, '=\r\n')],
    ['base64 in a YAML block', base64Of('x'.repeat(40) + KEY, 64, '\n    ')],
    ['base64 of URLs, filled up', Buffer.from(`${KEY}1`).toString('base64url') + '=='],
    ['coloured, in JSON', JSON.stringify(`\u001b[1;31m${KEY.replace('/', '/\u001b[0m')}`)],
    ['a link of a terminal', `\u001b]8;;https://a.test\u0007${KEY.replace('+', '\u200b+')}`],
    ['text in UTF-16 read as Latin-1', Buffer.from(KEY, 'utf16le').toString('latin1')],
    ['broken into lines', `S3cr3t-Env-Slot\n-value`],
  ])('GTW-8: takes a secret out that is written as %s', (_, text = '') => {
    const redacted = redactorOf(KEY, 'S3cr3t-Env-Slot-value').redact(`before "${text}" behind`);
    expect(redacted).toMatch(/^before ".{0,62}\[redacted\].{0,62}" behind$/s);
    expect(bytesOf(redacted)).not.toContain('Slot');
  });

  it('GTW-8: takes a secret out however it is escaped, up to three times, between anything', () => {
    const unit = fc.constantFrom(...'aB3xn/+=&?#"\'<>;:-_.,@! ~ä€😀');
    const secrets = fc.string({ unit, minLength: 8, maxLength: 40 });
    const around = fc.string({ unit: fc.constantFrom(...'ab3 ,(|'), maxLength: 9 });
    const layers = fc.array(fc.constantFrom(...Object.keys(escapers)), { maxLength: 3 });
    fc.assert(
      fc.property(secrets, around, around, layers, (secret, before, behind, names) => {
        const write = (text: string) =>
          names.reduce((all, name) => escapers[name]?.(all) ?? '', text);
        const text = `${before}|${write(secret)}|${behind}`;
        expect(redactorOf(secret).redact(text)).toBe(`${before}|[redacted]|${behind}`);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['escapes', '%41'],
    ['escapes of escapes', '%25252525'],
    ['backslashes', '\\'],
    ['ampersands', '&'],
    ['entities', '&#0000047;'],
    ['terminal codes that do not end', '\u001b[0'],
    ['links that do not end', '\u001b]'],
    ['soft line breaks that are none', '=  '],
    ['beginnings of it', KEY.slice(0, -1)],
    ['beginnings of it in hexadecimal, far apart', `5333 6372${' '.repeat(99)}`],
    ['itself', KEY],
  ])('GTW-8: looks through half a megabyte of %s in time', (_, part) => {
    const text = part.repeat(500_000 / part.length);
    const startedAt = busyMs();
    redactorOf(KEY, '%41%41%41%41%42', '========='.repeat(9)).redact(text);
    expect(busyMs() - startedAt).toBeLessThan(LOOK_MAX_MS);
  });

  it('GTW-8: leaves what is around it as it was', () => {
    const text = `100% of a\\b &amp; c=3D \u001b[1m${encodeURIComponent(KEY)} %2F \\/ é😀`;
    const expected = `100% of a\\b &amp; c=3D \u001b[1m[redacted] %2F \\/ é😀`;
    expect(redactorOf(KEY).redact(text)).toBe(expected);
  });

  it('GTW-8: keeps what is known for good, and of each source the newest', () => {
    const redactor = redactorOf('known-for-good');
    for (let n = 0; n < 2_000; n++) redactor.register(`token-${n}-of-one`, 'one');
    redactor.register('token-of-another', 'another');
    const known = ['known-for-good', 'token-1999-of-one', 'token-1990-of-one', 'token-of-another'];
    for (const value of known) expect(redactor.redact(value)).toBe('[redacted]');
    expect(redactor.redact('token-1989-of-one')).toBe('token-1989-of-one');
    for (let n = 0; n < 2_000; n++) redactor.register(`value-${n}-of-many`, `reference ${n}`);
    expect(redactor.redact('known-for-good')).toBe('[redacted]');
    expect(redactor.redact('value-1999-of-many')).toBe('[redacted]');
    expect(redactor.redact('token-of-another')).toBe('token-of-another');
  });

  it('GTW-8: forgets no value that another source still has', () => {
    const redactor = new Redactor();
    redactor.register('shared-by-two', 'other');
    for (let n = 0; n < 20; n++)
      redactor.register(n === 0 ? 'shared-by-two' : `token-${n}-x`, 'one');
    expect(redactor.redact('shared-by-two')).toBe('[redacted]');
  });

  it('GTW-8: one that is used again is the newest', () => {
    const redactor = new Redactor();
    for (let n = 0; n < 20; n++) {
      redactor.register('used-all-the-time', 'one');
      redactor.register(`token-${n}-of-one`, 'one');
    }
    expect(redactor.redact('used-all-the-time')).toBe('[redacted]');
  });

  it('GTW-8: takes it out of every place of a result, names included', () => {
    const redacted = redactorOf(SECRET).redactJson({ a: [{ [SECRET]: `x${SECRET}y` }, 1, null] });
    expect(redacted).toEqual({ a: [{ '[redacted]': 'x[redacted]y' }, 1, null] });
  });

  it('GTW-8: leaves no rest of a secret that holds another', () => {
    expect(redactorOf('password', 'password-of-db').redact('<password-of-db>')).toBe(
      '<[redacted]>',
    );
  });

  it('GTW-8: finds any secret behind and before anything in base64', () => {
    const text = fc.string({ maxLength: 20 });
    const secret = fc.string({ minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(secret, text, text, (value, before, after) => {
        const encoded = Buffer.from(before + value + after).toString('base64');
        expect(redactorOf(value).redact(encoded)).not.toBe(encoded);
      }),
    );
  });

  it('leaves alone what holds no secret', () => {
    const value = { a: 'hunter', b: [true] };
    expect(redactorOf(SECRET).redactJson(value)).toEqual(value);
    expect(new Redactor().redact('hunter2')).toBe('hunter2');
  });

  it.each(['', '…', '...', '…\n'])(
    'GTW-8: takes out what is left of a value where a text was cut off, before %j',
    (end) => {
      const redactor = new Redactor();
      const value = 'canary-of-a-long-token/0123456789';
      redactor.register(value);
      for (let kept = 10; kept < value.length; kept++) {
        const cut = `it says ${value.slice(0, kept)}${end}`;
        expect(redactor.redact(cut)).toBe(`it says [redacted]${end}`);
      }
      expect(redactor.redact(`it says canary${end}`)).toBe(`it says canary${end}`);
      expect(redactor.redact(`it says canary-of-a-ship${end}`)).toBe(
        `it says canary-of-a-ship${end}`,
      );
    },
  );

  it.each([
    [
      'within a text',
      'it says canary-of-a-long-to… (the beginning)',
      'it says [redacted]… (the beginning)',
    ],
    ['within an escape', 'it says canary-of-a-long-token%2', 'it says [redacted]'],
    ['in JSON', String.raw`it says canary-of-a-long-token\\/01…`, 'it says [redacted]…'],
    [
      'in base64',
      `it says ${base64Of('u:canary-of-a-long-token/0')}`,
      /^it says dT\w{0,2}\[redacted\]$/,
    ],
  ])('GTW-8: takes out what is left of a value that was cut off %s', (_, text, expected) => {
    const redacted = redactorOf('canary-of-a-long-token/0123456789').redact(text);
    expect(redacted).toMatch(expected);
  });

  it('GTW-8: leaves alone what anybody knows of an address that is a secret', () => {
    const redactor = redactorOf(
      'https://hooks.example.test/services/T0/secret',
      'db://user:word@h/x',
    );
    const said = 'not listed: https://hooks.example.test';
    expect(redactor.redact(said)).toBe(said);
    expect(redactor.redact(`${said}/services/T0/se…`)).toBe('not listed: [redacted]…');
    expect(redactor.redact('at db://user:word@')).toBe('at [redacted]');
  });
});
