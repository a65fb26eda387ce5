import { headerOf, unproven, type SignedRequest } from './signature-scheme.ts';

/** What Slack and the libraries of Standard Webhooks allow: older is taken for a replay. */
const CLOCK_DIFFERENCE_MAX_MS = 5 * 60_000;

/**
 * The seconds since 1970 in the header, as they are written there.
 * @throws AppError `unauthenticated` when they are missing, no number, or not about now.
 */
export function freshTimestamp(request: SignedRequest, header: string): string {
  const seconds = headerOf(request, header);
  if (!/^\d{1,12}$/.test(seconds)) throw unproven(header, 'is not a number of seconds since 1970');
  const difference = Math.abs(request.receivedAt.getTime() - Number(seconds) * 1_000);
  if (difference > CLOCK_DIFFERENCE_MAX_MS) throw unproven(header, 'is more than 5 minutes off');
  return seconds;
}
