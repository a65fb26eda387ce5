/** By hand, because a regular expression of V8 is quadratic on comments that do not end. */
export function withoutCComments(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (;;) {
    const open = text.indexOf('/*', from);
    const close = open < 0 ? -1 : text.indexOf('*/', open + 2);
    if (close < 0) return kept.concat(text.slice(from)).join('');
    kept.push(text.slice(from, open));
    from = close + 2;
  }
}

/** What begins or ends a comment in SQL, and the quotes of names. */
const MARK = /\/\*(?:!\d{0,6})?|\*\/|--|#|["`]/g;
/** Between two texts that the database will join: 'DR' || 'OP', 'DR' + 'OP', CONCAT('DR', 'OP'). */
const JOINT = /'\s?(?:\|\||\+|,)\s?'/g;
/** Words that do not change what a statement does away with. */
const NOISE = /\b(?:if exists|if not exists|pluggable) /gi;

/**
 * SQL with one spelling: without comments (`by` stands in the place of those between slashes) and
 * quotes of names, what MySQL runs of its version comments kept, pieces of text joined, and
 * `IF EXISTS` left out.
 */
export function canonicalSql(text: string, by: '' | ' '): string {
  const kept: string[] = [];
  const endOf = commentEnds(text);
  let from = 0;
  MARK.lastIndex = 0;
  for (let mark = MARK.exec(text); mark !== null; mark = MARK.exec(text)) {
    const [sign] = mark;
    kept.push(text.slice(from, mark.index), sign.length === 1 && sign !== '#' ? '' : by);
    from = endOf(sign, MARK.lastIndex);
    MARK.lastIndex = from;
  }
  kept.push(text.slice(from));
  return kept.join('').replace(/\s+/g, ' ').replace(JOINT, '').replace(NOISE, '');
}

/** Where the text goes on behind what began with a sign; a comment that does not end is none. */
function commentEnds(text: string): (sign: string, from: number) => number {
  let unended = false;
  return (sign, from) => {
    const endless = sign === '/*' && unended;
    const inLine = sign === '--' || sign === '#';
    if (endless || (sign !== '/*' && !inLine)) return from;
    const end = text.indexOf(inLine ? '\n' : '*/', from);
    if (end >= 0) return inLine ? end : end + 2;
    unended ||= !inLine;
    return inLine ? text.length : from;
  };
}
