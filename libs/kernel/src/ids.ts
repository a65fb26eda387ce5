import { createHash, randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;
const NO_TIME = new Date(0);

/** A ULID (https://github.com/ulid/spec): 26 characters, sortable by time. */
export const ULID_PATTERN = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** One call into the system for many ids: the library's own source asks it for each character. */
const random = new Uint8Array(4096);
let randomUsed = random.length;

const next = monotonicFactory(() => {
  if (randomUsed === random.length) {
    randomFillSync(random);
    randomUsed = 0;
  }
  return (random[randomUsed++] ?? 0) / 256;
});

export function newId(at: Date = new Date()): string {
  return next(at.getTime());
}

/**
 * The id that follows from `parent` and the `parts` that tell siblings apart: the same
 * arguments give the same ULID in every process, so work done twice is recognised.
 * It keeps the parent's time, so ids still sort by when the story began.
 */
export function deriveId(parent: string, ...parts: readonly (string | number)[]): string {
  return parent.slice(0, TIME_LENGTH) + digestSuffix([parent, ...parts]);
}

/** A deterministic ULID for something that has no id of its own but a time and a position. */
export function idAt(at: Date, ...parts: readonly (string | number)[]): string {
  return newTimePrefix(at) + digestSuffix(parts);
}

/** As `idAt`, for something that has no time either. */
export function timelessId(...parts: readonly (string | number)[]): string {
  return idAt(NO_TIME, ...parts);
}

function newTimePrefix(at: Date): string {
  let rest = at.getTime();
  let prefix = '';
  for (let i = 0; i < TIME_LENGTH; i++) {
    prefix = CROCKFORD.charAt(rest % 32) + prefix;
    rest = Math.floor(rest / 32);
  }
  return prefix;
}

/** 16 characters of 5 bits each, out of a SHA-256 over the length-prefixed parts. */
function digestSuffix(parts: readonly (string | number)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${String(part).length}:${part};`);
  const bytes = hash.digest();
  let suffix = '';
  for (let i = 0; i < RANDOM_LENGTH; i++) suffix += CROCKFORD.charAt(bytes.readUInt8(i) & 31);
  return suffix;
}
