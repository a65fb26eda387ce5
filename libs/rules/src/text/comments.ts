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
const NOISE =
  /\b(?:if exists|if not exists|pluggable|(?:foreign|external|unlogged|temporary|global)(?= (?:temporary )?tables?\b)) /gi;

/** What stands in the place of a comment between slashes, and whose comments they are. */
export interface CommentReading {
  readonly by: '' | ' ';
  /** Postgres: they stand within each other, and those of a line end at a carriage return too. */
  readonly postgres?: boolean;
}

/**
 * SQL with one spelling: without comments and quotes of names, what MySQL runs of its version
 * comments kept, pieces of text joined, `IF EXISTS` and the kind of a table left out.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-COMMENTS
 */
export function canonicalSql(text: string, { by, postgres = false }: CommentReading): string {
  const kept: string[] = [];
  const endOf = commentEnds(text, postgres);
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
function commentEnds(text: string, postgres: boolean): (sign: string, from: number) => number {
  let unended = false;
  const endOfLine = (from: number) => indexOf(postgres ? /[\n\r]/g : /\n/g, text, from);
  const endOfBlock = (from: number) =>
    postgres ? endOfNested(text, from) : indexOf(/\*\//g, text, from);
  return (sign, from) => {
    const endless = sign === '/*' && unended;
    const inLine = sign === '--' || sign === '#';
    if (endless || (sign !== '/*' && !inLine)) return from;
    const end = inLine ? endOfLine(from) : endOfBlock(from);
    if (end >= 0) return inLine ? end : end + 2;
    unended ||= !inLine;
    return inLine ? text.length : from;
  };
}

/** Where the comment that was opened before `from` is closed; -1 when it is not. */
function endOfNested(text: string, from: number): number {
  const bound = /\/\*|\*\//g;
  bound.lastIndex = from;
  let open = 1;
  for (let found = bound.exec(text); found !== null; found = bound.exec(text)) {
    open += found[0] === '/*' ? 1 : -1;
    if (open === 0) return found.index;
  }
  return -1;
}

function indexOf(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? -1;
}
