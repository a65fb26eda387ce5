/** Every three characters in a row fall into one of these. */
const SLOTS = 65_536;
/** Printable ASCII without white space: what upper and lower case and spacing leave alone. */
const PLAIN_RUN = /[!-~]{3,}/g;

/** Which threes of characters some texts have. Says of a few that they are there which are not. */
export class Trigrams {
  private readonly seen = new Uint8Array(SLOTS);

  /** @param texts in lower case, with one space for white space */
  take(texts: readonly string[]): void {
    this.seen.fill(0);
    for (const text of texts) {
      for (let at = 2; at < text.length; at++) this.seen[slotAt(text, at)] = 1;
    }
  }

  hasAll(slots: readonly number[]): boolean {
    return slots.every((slot) => this.seen[slot] === 1);
  }
}

/** The slots of a text that must stand in another, in any case and spacing; maybe none. */
export function slotsOf(literal: string): readonly number[] {
  const runs = literal.match(PLAIN_RUN)?.map((run) => run.toLowerCase()) ?? [];
  return [
    ...new Set(runs.flatMap((run) => Array.from(run.slice(2), (_, i) => slotAt(run, i + 2)))),
  ];
}

function slotAt(text: string, at: number): number {
  const a = text.charCodeAt(at - 2) * 961;
  return (a + text.charCodeAt(at - 1) * 31 + text.charCodeAt(at)) & (SLOTS - 1);
}
