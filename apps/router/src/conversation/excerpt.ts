/** Of a text that is too long three parts of the beginning are kept and one of the end. */
const HEAD_SHARE = 0.75;

/**
 * `text`, or where it has more than `charsMax` characters its beginning and its end around a mark
 * that says how many are left out. Half of a character at a cut becomes U+FFFD.
 */
export function excerpt(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const head = Math.floor(charsMax * HEAD_SHARE);
  const tail = charsMax - head;
  const mark = `\n[… ${text.length - charsMax} characters left out here …]\n`;
  return text.slice(0, head).toWellFormed() + mark + text.slice(-tail).toWellFormed();
}
