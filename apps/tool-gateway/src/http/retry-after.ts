/** A peer may say an hour; whoever waits wants to know sooner whether it is well again. */
const RETRY_AFTER_MAX_MS = 300_000;

/**
 * How long a peer wants not to be asked again, in ms, by its own clock; 0 when it does not say.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(headers: Headers): number {
  const given = headers.get('retry-after') ?? '';
  const now = headers.get('date') ?? '';
  const ms = /^\d+$/.test(given) ? Number(given) * 1_000 : Date.parse(given) - Date.parse(now);
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), RETRY_AFTER_MAX_MS);
}
