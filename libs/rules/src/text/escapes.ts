const ROUNDS_MAX = 3;
const ESCAPE = new RegExp(
  [
    '(?:%[0-9a-f]{2})+',
    String.raw`\\u\{[0-9a-f]{1,6}\}`,
    String.raw`\\u[0-9a-f]{4}`,
    String.raw`\\x[0-9a-f]{2}`,
    String.raw`\\[0-7]{3}`,
    String.raw`\\[nrtfv\\]`,
    // browsers need no semicolon
    '&#(?:x[0-9a-f]{1,6}|[0-9]{1,7});?',
    '&(?:lt|gt|amp|quot|apos|nbsp|sol);',
    // a space of a form's body
    String.raw`(?<=\S)\+(?=\S)`,
  ].join('|'),
  'gi',
);
const named: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&amp;': '&',
  '&quot;': '"',
  '&apos;': "'",
  '&nbsp;': ' ',
  '&sol;': '/',
  '\\\\': '\\',
  '\\n': '\n',
  '\\r': '\n',
  '\\t': '\t',
  '\\f': '\f',
  '\\v': '\v',
  '+': ' ',
};

/**
 * Text with the escapes of URLs, HTML, JSON and C undone, once and, where some stand within others,
 * again; nothing when it has none.
 */
export function unescaped(text: string): readonly string[] {
  const texts: string[] = [];
  let now = text;
  while (texts.length < ROUNDS_MAX) {
    const next = now.replace(ESCAPE, decoded);
    if (next === now) break;
    texts.push(next);
    now = next;
  }
  return texts;
}

function decoded(escape: string): string {
  const known = named[escape.toLowerCase()];
  if (known !== undefined) return known;
  if (escape.startsWith('%')) return ofPercents(escape);
  const digits = escape.replace(/^[\\&#ux{]+|[};]$/gi, '');
  if (/^\\[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(digits, 8));
  return ofCode(digits, /^&#\d/.test(escape) ? 10 : 16) ?? escape;
}

function ofCode(digits: string, base: number): string | undefined {
  const code = Number.parseInt(digits, base);
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}

/** UTF-8 where it is, else a character for each byte. */
function ofPercents(escapes: string): string {
  const bytes = Buffer.from(escapes.replaceAll('%', ''), 'hex');
  const text = bytes.toString('utf8');
  return text.includes('\u{fffd}') ? bytes.toString('latin1') : text;
}
