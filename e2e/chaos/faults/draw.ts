import { randomFrom } from '../../random.ts';

/** A number in [0, 1) for a seed and a place, the same whenever that place is reached. */
export function drawAt(seed: number, ...place: readonly number[]): number {
  const mixed = place.reduce(
    (hash, part) => Math.imul(hash ^ part, 0x9e3779b1) ^ (hash >>> 15),
    seed,
  );
  return randomFrom(mixed)();
}
