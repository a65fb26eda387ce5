type Write = (text: string) => string;

const hexByte = (byte: number) => byte.toString(16).padStart(2, '0');
const unitOf = (text: string) => hexByte(text.charCodeAt(0)).padStart(4, '0');
const eachByte = (text: string, write: (byte: number) => string) =>
  Array.from(Buffer.from(text), write).join('');
const json = (text: string) => JSON.stringify(text).slice(1, -1);

/** What leaves a text readable when it is undone; each may stand within another. */
export const escapers: Readonly<Record<string, Write>> = {
  'a URL': encodeURIComponent,
  'a URL of Python': (text) => encodeURIComponent(text).replaceAll('%2F', '/'),
  'a URL in lower case': (text) =>
    encodeURIComponent(text).replace(/%../g, (of) => of.toLowerCase()),
  'a URL of escapes alone': (text) => eachByte(text, (byte) => `%${hexByte(byte)}`),
  'a form': (text) => new URLSearchParams({ a: text }).toString().slice(2),
  JSON: json,
  'JSON of PHP': (text) => json(text).replaceAll('/', '\\/'),
  'JSON in ASCII': (text) => json(text).replace(/[^ -~]/g, (unit) => `\\u${unitOf(unit)}`),
  'JSON of Go': (text) => json(text).replace(/[&<>]/g, (unit) => `\\u${unitOf(unit)}`),
  'JSON of .NET': (text) =>
    json(text).replace(/[&<>'+]|\\"/g, (unit) => `\\u${unitOf(unit.slice(-1)).toUpperCase()}`),
  'JSON of escapes alone': (text) => text.replace(/[^]/g, (unit) => `\\u${unitOf(unit)}`),
  'bytes of a program': (text) => eachByte(text, (byte) => `\\x${hexByte(byte)}`),
  'a word of a shell': (text) => text.replace(/[!-/:-@[-`{-~ ]/g, '\\$&'),
  HTML: (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  'HTML in numbers': (text) => Array.from(text, (unit) => `&#${unit.codePointAt(0)};`).join(''),
  'HTML in hexadecimal': (text) =>
    text.replace(/[^\w]/gu, (unit) => `&#x${unit.codePointAt(0)?.toString(16).toUpperCase()};`),
  'text with nothing to see': (text) => Array.from(text).join('\u200b\u2060\u{e0041}'),
  'text in colours': (text) => Array.from(text).join('\u001b[0;31m'),
};

/** What is undone last, or stands for bytes. */
export const whole: Readonly<Record<string, Write>> = {
  'quoted-printable': (text) => quotedPrintable(text),
  'hexadecimal with blanks': (text) => hexOf(text, ' '),
  'hexadecimal with colons': (text) => hexOf(text, ':').toUpperCase(),
  'hexadecimal with dashes': (text) => hexOf(text, '-').toUpperCase(),
  'hexadecimal in lines': (text) => hexOf(text, '\n'),
  'base64 of coreutils': (text) => base64Of(`${'x'.repeat(40)}${text}`, 76),
  'base64 of PEM': (text) => base64Of(`${'x'.repeat(41)}${text}`, 64, '\r\n'),
  'base64 of URLs': (text) => Buffer.from(`x${text}`).toString('base64url'),
};

export const hexOf = (text: string, between: string) =>
  Array.from(Buffer.from(text), hexByte).join(between);

/** In lines, if a length is given. */
export function base64Of(text: string, length = Infinity, lineBreak = '\n'): string {
  const encoded = Buffer.from(text).toString('base64');
  const lines = Array.from({ length: Math.ceil(encoded.length / length) || 1 }, (_, n) =>
    length === Infinity ? encoded : encoded.slice(n * length, (n + 1) * length),
  );
  return lines.join(lineBreak);
}

function quotedPrintable(text: string): string {
  const escaped = eachByte(text, (byte) =>
    byte < 33 || byte > 126 || byte === 61
      ? `=${hexByte(byte).toUpperCase()}`
      : String.fromCharCode(byte),
  );
  return escaped.replace(/.{10}(?=[^=]{3})/, '$&=\r\n');
}

/** What is left in a text if it is taken for base64, for hexadecimal, and for itself. */
export function bytesOf(text: string): string {
  const dense = text.replace(/[\s:-]|=\r?\n/g, '');
  return [text, Buffer.from(dense, 'base64').toString(), dense.replace(/[^\da-f]/gi, ' ')].join(
    '\n',
  );
}
