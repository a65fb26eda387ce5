/**
 * Text as a header's value, and back. What is not printable ASCII is percent-encoded, as the
 * HTTP binding of CloudEvents, section 3.1.3.2, asks; a line break would otherwise end the header.
 */
const UNSAFE = /[^\x21\x23\x24\x26-\x7e]+/g;

export function encodeHeaderValue(text: string): string {
  return text.replace(UNSAFE, (part) => encodeURIComponent(part.toWellFormed()));
}

export function decodeHeaderValue(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
