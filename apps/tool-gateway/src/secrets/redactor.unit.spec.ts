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
});
