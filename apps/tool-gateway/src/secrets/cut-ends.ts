/** Of what is left of a secret: less stands at the end of too much that has nothing to do with it. */
const HEAD_CHARACTERS = 10;
/** Of a secret that is an address: what is known anyway, to a host that no user stands before. */
const KNOWN = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*(?=[/?#]))?/i;
const ELLIPSIS = /(?:…|\.{3})?\s*$/;
const ELLIPSIS_CHARACTERS_MAX = 8;

/** What stands where a text was cut off, if anything does. */
export function ellipsisOf(text: string): string {
  return ELLIPSIS.exec(text.slice(-ELLIPSIS_CHARACTERS_MAX))?.[0] ?? '';
}

/**
 * Finds the beginning of a secret at the end of a text. Texts are cut at many places before they come
 * to be redacted, and whoever has a say in what stands before a secret has one in where it is cut.
 */
export class CutEnds {
  private readonly byHead = new Map<string, string[]>();
  private readonly heads: RegExp | undefined;
  private readonly charactersMax: number;

  constructor(forms: readonly string[], escaped: (text: string) => string) {
    for (const form of forms) {
      const head = form.slice(0, HEAD_CHARACTERS);
      if (form.length > HEAD_CHARACTERS)
        this.byHead.set(head, [...(this.byHead.get(head) ?? []), form]);
    }
    const heads = [...this.byHead.keys()].map(escaped).join('|');
    this.heads = heads === '' ? undefined : new RegExp(`(?=(${heads}))`, 'g');
    this.charactersMax = Math.max(0, ...forms.map(({ length }) => length));
  }

  /** Where it begins; absent when there is none. */
  startIn(text: string): number | undefined {
    if (!this.heads) return undefined;
    const end = text.length - ellipsisOf(text).length;
    const tail = text.slice(Math.max(0, end - this.charactersMax), end);
    for (const { index, 1: head = '' } of tail.matchAll(this.heads)) {
      const left = tail.slice(index);
      const isLeft = this.byHead.get(head)?.some((form) => isLeftOf(left, form));
      if (isLeft) return end - left.length;
    }
    return undefined;
  }
}

function isLeftOf(left: string, form: string): boolean {
  const known = KNOWN.exec(form)?.[0].length ?? 0;
  return left.length >= known + HEAD_CHARACTERS && form.startsWith(left);
}
