import fc from 'fast-check';
import { Redactor } from './redactor.ts';

const SECRET = 'hunter2/+ "ä"&=#x';

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
