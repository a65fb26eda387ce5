/** A seeded source of numbers in [0, 1): the same seed gives the same run (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed given by `SIGNALBOX_SEED`, to repeat a run, else a new one. */
export function chosenSeed(env: Readonly<Record<string, string | undefined>>): number {
  return Number(env['SIGNALBOX_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
}
