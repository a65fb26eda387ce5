const ANSI_ESCAPE = /\\(?:x([0-9a-f]{1,2})|u([0-9a-f]{1,4})|U([0-9a-f]{1,8})|([0-7]{1,3})|([^]))/g;
const controls: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '',
  b: '',
  e: '',
};

/** Where the quote that was opened before `from` is closed; -1 when it is not. */
export function endOfQuote(source: string, from: number, quote: string): number {
  if (quote === "'") return source.indexOf(quote, from);
  for (let at = from; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === quote) return at;
  }
  return -1;
}

/** What stands between double quotes, without the escapes that work there. */
export function unquoted(content: string): string {
  return content.replace(/\\([\\"$`\n])/g, (_, char: string) => (char === '\n' ? '' : char));
}

/** What stands between `$'` and `'`. */
export function ansiC(content: string): string {
  return content.replace(ANSI_ESCAPE, (_, ...groups: (string | undefined)[]) => {
    const [byte, short, long, octal, char = ''] = groups;
    const digits = byte ?? short ?? long;
    if (digits !== undefined) return characterOf(Number.parseInt(digits, 16));
    if (octal !== undefined) return characterOf(Number.parseInt(octal, 8));
    return controls[char] ?? char;
  });
}

function characterOf(code: number): string {
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : '';
}
