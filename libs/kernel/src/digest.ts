import { hash } from 'node:crypto';

/**
 * JSON with one spelling (RFC 8785): members sorted by UTF-16 code unit, no white space.
 * Takes JSON values only; `undefined` members are left out as JSON.stringify does.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`);
  return `{${members.join(',')}}`;
}

/** `sha256:<hex>` of the bytes, or of the canonical JSON of any other value. */
export function digestOf(value: unknown): string {
  const input = value instanceof Uint8Array ? value : canonicalJson(value);
  return `sha256:${hash('sha256', input)}`;
}
