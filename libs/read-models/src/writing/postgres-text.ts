/**
 * Postgres keeps neither U+0000 in text nor, in jsonb, lone surrogates; an outside source can send
 * both. They become U+FFFD, for one such event must not stop the read models. The audit stream
 * keeps what was sent.
 * https://www.postgresql.org/docs/18/datatype-json.html
 */
export function toText(value: unknown): string {
  const text = String(value);
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}

export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value);
  // JSON.stringify writes exactly these characters as such escapes.
  return /\\u(0000|d[89a-f])/.test(text) ? JSON.stringify(cleaned(value)) : text;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return toText(value.toWellFormed());
  if (Array.isArray(value)) return value.map(cleaned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [cleaned(key), cleaned(member)]),
  );
}

/** ISO 8601, with the years as Postgres counts them: before the year 1 comes 1 BC. */
export function toTimeText(time: Date): string {
  const iso = time.toISOString();
  const year = time.getUTCFullYear();
  const years = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${years}${iso.slice(iso.indexOf('-', 1))}${year > 0 ? '' : ' BC'}`;
}

/**
 * An array as Postgres reads it, of texts that are quoted already; null becomes NULL.
 * https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO
 */
export function toArrayText(
  values: readonly unknown[],
  toElement: (value: unknown) => string,
): string {
  let text = '';
  for (const value of values) {
    if (text !== '') text += ',';
    text += value === undefined || value === null ? 'NULL' : toElement(value);
  }
  return `{${text}}`;
}

/** As an element of such an array. */
export function quoted(text: string): string {
  return `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"`;
}
