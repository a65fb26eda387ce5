/**
 * Text of others made fit for one line of a terminal: line breaks become spaces, and characters
 * that move the cursor, forge a line or turn the direction of reading become visible.
 */
export function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, visible)
    .trim();
}

/**
 * Text of others on one line, in which every character can be told from every other: what is white
 * space but no blank becomes visible, and what nobody sees.
 */
export function literal(text: string): string {
  return text.replace(/[^\S ]|[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu, visible);
}

/** Text of others line by line, each fit for the terminal, with its own white space. */
export function visibleLines(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/(?!\t)[\p{Cc}\p{Bidi_Control}]/gu, visible));
}

function visible(control: string): string {
  const code = control.codePointAt(0) ?? 0;
  const hex = code.toString(16).padStart(4, '0');
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`;
}

/** At most `width` characters; the whole text when there is no width. */
export function shorten(text: string, width: number | undefined): string {
  if (width === undefined || text.length <= width) return text;
  const kept = text.slice(0, Math.max(0, width - 1));
  // Half of a character that takes two places would show as a stray sign.
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** What of `text` fits behind `taken` characters of a screen so wide; all of it without a screen. */
export function fitted(text: string, taken: number, columns: number | undefined): string {
  return shorten(text, columns === undefined ? undefined : Math.max(1, columns - taken));
}

/** `2026-11-21 05:04` in UTC. */
export function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** `2026-11-21 05:04:12 UTC` */
export function timeText(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** `05:04:12.101` in UTC. */
export function clockTime(iso: string): string {
  return iso.slice(11, 23);
}

/** `4 min 10 s`, from milliseconds; nothing negative. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
