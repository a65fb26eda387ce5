/** Of one runbook that is shown. */
const EXCERPTS_MAX = 3;
const LINES_AROUND = 2;
const LINE_CHARACTERS_MAX = 500;
const WORD = /[\p{L}\p{N}_]+/gu;
/** What a heading says counts as much as so many mentions in the text. */
const HEADING_WEIGHT = 5;
/** A word that is repeated all over does not make a runbook the right one. */
const MENTIONS_MAX = 10;

export interface Runbook {
  /** Within the folder. */
  readonly path: string;
  readonly text: string;
}

export interface FoundRunbook {
  readonly path: string;
  readonly title: string;
  /** Of the words asked for. */
  readonly wordsFound: number;
  readonly excerpts: readonly { readonly line: number; readonly text: string }[];
}

export interface FoundRunbooks {
  readonly best: readonly FoundRunbook[];
  /** How many more there are. */
  readonly leftOut: number;
}

/**
 * The runbooks that hold most of the words of `query`, at most so many, the best first: by the number
 * of different words, then by how often and how prominently they stand there, then by path.
 */
export async function searchRunbooks(
  runbooks: AsyncIterable<Runbook>,
  query: string,
  foundMax: number,
): Promise<FoundRunbooks> {
  const words = [...new Set(wordsOf(query))];
  let best: Hit[] = [];
  let count = 0;
  for await (const runbook of runbooks) {
    const hit = hitOf(runbook, words);
    if (hit.found.wordsFound === 0) continue;
    count++;
    // What a hit shows of a text keeps the whole of it in memory.
    best = [...best, hit].toSorted(byRank).slice(0, foundMax);
  }
  return { best: best.map(({ found }) => found), leftOut: count - best.length };
}

interface Hit {
  readonly found: FoundRunbook;
  readonly score: number;
}

const byRank = (a: Hit, b: Hit) =>
  b.found.wordsFound - a.found.wordsFound ||
  b.score - a.score ||
  (a.found.path < b.found.path ? -1 : 1);

/** The first heading, or the name of the file. */
export function titleOf({ path, text }: Runbook): string {
  const heading = /^#{1,6}[ \t]+(.{1,200})/m.exec(text)?.[1];
  return heading?.trim() ?? path;
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(WORD) ?? [];

function hitOf(runbook: Runbook, words: readonly string[]): Hit {
  const lines = runbook.text.split(/\r?\n/);
  const mentions = new Map(words.map((word) => [word, 0]));
  const hits = lines.map((line, index) => {
    const weight = /^#{1,6}[ \t]/.test(line) ? HEADING_WEIGHT : 1;
    const here = new Set(wordsOf(line).filter((word) => mentions.has(word)));
    for (const word of here) mentions.set(word, (mentions.get(word) ?? 0) + weight);
    return { index, words: here.size };
  });
  for (const word of wordsOf(runbook.path)) {
    if (mentions.has(word)) mentions.set(word, (mentions.get(word) ?? 0) + HEADING_WEIGHT);
  }
  const counts = [...mentions.values()].filter((count) => count > 0);
  const found: FoundRunbook = {
    path: runbook.path,
    title: titleOf(runbook),
    wordsFound: counts.length,
    excerpts: excerptsOf(lines, hits),
  };
  const score = counts.reduce((sum, count) => sum + Math.min(count, MENTIONS_MAX), 0);
  return { found, score };
}

interface LineHit {
  readonly index: number;
  readonly words: number;
}

/** The lines with most of the words, with those around them, in the order of the text. */
function excerptsOf(lines: readonly string[], hits: readonly LineHit[]) {
  const best = hits.filter((hit) => hit.words > 0).toSorted((a, b) => b.words - a.words);
  const apart: LineHit[] = [];
  for (const hit of best) {
    const near = apart.some((other) => Math.abs(other.index - hit.index) <= 2 * LINES_AROUND);
    if (!near && apart.length < EXCERPTS_MAX) apart.push(hit);
  }
  return apart
    .toSorted((a, b) => a.index - b.index)
    .map(({ index }) => {
      const first = Math.max(0, index - LINES_AROUND);
      const shown = lines.slice(first, index + LINES_AROUND + 1).map(cut);
      return { line: first + 1, text: shown.join('\n') };
    });
}

const cut = (line: string) =>
  line.length > LINE_CHARACTERS_MAX ? `${line.slice(0, LINE_CHARACTERS_MAX)}…` : line;
